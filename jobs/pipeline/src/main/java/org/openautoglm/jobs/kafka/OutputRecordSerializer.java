package org.openautoglm.jobs.kafka;

import java.util.List;
import java.util.Optional;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetIdentifier;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacetProvider;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.openautoglm.jobs.configuration.KafkaConfiguration;
import org.openautoglm.schemas.flow.Header;
import org.openautoglm.schemas.flow.OutputRecord;

/**
 * Sends each output record to its topic, so that one sink, and so one transaction, holds a result
 * and its audit event. It names its topics, by which the connector finds the transactions that a
 * crash left open.
 */
final class OutputRecordSerializer
    implements KafkaRecordSerializationSchema<OutputRecord>, KafkaDatasetFacetProvider {
  private static final long serialVersionUID = 1L;

  private final String results;
  private final String audit;
  private final String deadLetters;

  OutputRecordSerializer(KafkaConfiguration.Topics topics) {
    results = topics.results();
    audit = topics.audit();
    deadLetters = topics.deadLetters();
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      OutputRecord output, KafkaSinkContext context, Long timestamp) {
    String topic =
        switch (output.destination()) {
          case RESULTS -> results;
          case AUDIT -> audit;
          case DEAD_LETTERS -> deadLetters;
        };
    RecordHeaders headers = new RecordHeaders();
    for (Header header : output.headers()) {
      headers.add(header.getKey(), header.hasValue() ? header.getValue().toByteArray() : null);
    }
    return new ProducerRecord<>(topic, null, null, output.key(), output.value(), headers);
  }

  @Override
  public Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
    return Optional.of(
        new DefaultKafkaDatasetFacet(
            DefaultKafkaDatasetIdentifier.ofTopics(List.of(results, audit, deadLetters))));
  }
}
