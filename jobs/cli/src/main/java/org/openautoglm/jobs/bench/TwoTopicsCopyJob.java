package org.openautoglm.jobs.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetIdentifier;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacetProvider;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The copy with the job's outputs: each record goes to two topics in one transaction, cut or filled
 * up to the sizes that the job writes. What the contract's two outputs cost, whoever makes them.
 */
final class TwoTopicsCopyJob {
  private TwoTopicsCopyJob() {}

  /**
   * One of the two topics.
   *
   * @param topic its name
   * @param bytes the size of each record written to it
   */
  record To(String topic, int bytes) {}

  static void define(
      StreamExecutionEnvironment env,
      String bootstrapServers,
      String from,
      List<To> to,
      Properties producer) {
    List<String> topics = to.stream().map(To::topic).toList();
    env.fromSource(
            PassThroughJob.source(bootstrapServers, from, new Copies(to)),
            WatermarkStrategy.noWatermarks(),
            "pass-through source")
        .uid("pass-through-source")
        .sinkTo(
            PassThroughJob.sink(
                bootstrapServers,
                producer,
                topics.get(0),
                new ToTopic(topics.toArray(String[]::new))))
        .uid("pass-through-sink");
  }

  private static final class Copies
      implements KafkaRecordDeserializationSchema<Tuple2<Integer, byte[]>> {
    private static final long serialVersionUID = 1L;

    private final int[] bytes;

    Copies(List<To> to) {
      bytes = to.stream().mapToInt(To::bytes).toArray();
    }

    @Override
    public void deserialize(
        ConsumerRecord<byte[], byte[]> record, Collector<Tuple2<Integer, byte[]>> out) {
      for (int i = 0; i < bytes.length; i++) {
        out.collect(Tuple2.of(i, Arrays.copyOf(record.value(), bytes[i])));
      }
    }

    @Override
    public TypeInformation<Tuple2<Integer, byte[]>> getProducedType() {
      return Types.TUPLE(Types.INT, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
    }
  }

  private static final class ToTopic
      implements KafkaRecordSerializationSchema<Tuple2<Integer, byte[]>>,
          KafkaDatasetFacetProvider {
    private static final long serialVersionUID = 1L;

    private final String[] topics;

    ToTopic(String[] topics) {
      this.topics = topics;
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(
        Tuple2<Integer, byte[]> copy, KafkaSinkContext context, Long timestamp) {
      return new ProducerRecord<>(topics[copy.f0], copy.f1);
    }

    @Override
    public Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
      return Optional.of(
          new DefaultKafkaDatasetFacet(
              DefaultKafkaDatasetIdentifier.ofTopics(Arrays.asList(topics))));
    }
  }
}
