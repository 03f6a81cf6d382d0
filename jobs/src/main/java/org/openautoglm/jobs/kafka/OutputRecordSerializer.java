package org.openautoglm.jobs.kafka;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Optional;
import javax.annotation.Nullable;
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
        switch (output.getDestination()) {
          case RESULTS -> results;
          case AUDIT -> audit;
          case DEAD_LETTERS -> deadLetters;
          case UNRECOGNIZED -> throw new IllegalStateException("no topic for " + output);
        };
    RecordHeaders headers = new RecordHeaders();
    for (Header header : output.getHeadersList()) {
      headers.add(header.getKey(), bytes(header.hasValue(), header.getValue()));
    }
    return new ProducerRecord<>(
        topic,
        null,
        null,
        bytes(output.hasKey(), output.getKey()),
        bytes(output.hasValue(), output.getValue()),
        headers);
  }

  @Nullable
  private static byte[] bytes(boolean present, ByteString bytes) {
    return present ? bytes.toByteArray() : null;
  }

  @Override
  public Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
    return Optional.of(
        new DefaultKafkaDatasetFacet(
            DefaultKafkaDatasetIdentifier.ofTopics(List.of(results, audit, deadLetters))));
  }
}
