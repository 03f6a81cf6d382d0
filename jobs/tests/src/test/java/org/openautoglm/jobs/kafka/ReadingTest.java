package org.openautoglm.jobs.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.local.SharedBroker;
import org.openautoglm.schemas.flow.PromptRecord;

/** Which records of which topics a job reads, where it starts and where it ends. */
@ExtendWith(SharedBroker.class)
@Timeout(120)
@SuppressWarnings("try") // What closing throws is the closed types\' own.
class ReadingTest {
  // Within what the broker keeps.
  private static final long HOUR_AGO = System.currentTimeMillis() - 3_600_000;

  @Test
  void readsSeveralTopicsUntilTheirEndsAndEnds(SharedBroker broker) throws Exception {
    String first = broker.newTopic("first", 2);
    String second = broker.newTopic("second", 1);
    publish(broker, first, 0, 100, 5);
    publish(broker, first, 1, 100, 5);
    publish(broker, second, 0, 100, 7);

    assertThat(read(broker, "{prompts: [%s, %s]}".formatted(first, second), "until: latest"))
        .isEqualTo(
            Map.of(
                first + "-0",
                offsets(0, 5),
                first + "-1",
                offsets(0, 5),
                second + "-0",
                offsets(0, 7)));
  }

  @Test
  void readsEveryTopicThatAPatternMatches(SharedBroker broker) throws Exception {
    String matching = broker.newTopic("pattern.a", 1);
    String other = broker.newTopic("another", 1);
    publish(broker, matching, 0, 100, 3);
    publish(broker, other, 0, 100, 3);

    assertThat(read(broker, "{prompts_pattern: 'pattern[.].*'}", "until: latest"))
        .isEqualTo(Map.of(matching + "-0", offsets(0, 3)));
  }

  @Test
  void readsBetweenTwoTimes(SharedBroker broker) throws Exception {
    String topic = broker.newTopic("times", 1);
    publish(broker, topic, 0, 1_000, 4);
    publish(broker, topic, 0, 2_000, 4);
    publish(broker, topic, 0, 3_000, 4);

    assertThat(
            read(
                broker,
                prompts(topic),
                "start_from: %d, until: %s"
                    .formatted(HOUR_AGO + 2_000, Instant.ofEpochMilli(HOUR_AGO + 3_000))))
        .isEqualTo(Map.of(topic + "-0", offsets(4, 8)));
    assertThat(
            read(
                broker,
                prompts(topic),
                "start_from: %d, until: latest".formatted(HOUR_AGO + 2_001)))
        .isEqualTo(Map.of(topic + "-0", offsets(8, 12)));
  }

  @Test
  void theGroupsOffsetsCountOnlyWhereTheFileSaysNoStart(SharedBroker broker) throws Exception {
    String topic = broker.newTopic("committed", 1);
    publish(broker, topic, 0, 1_000, 6);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      admin
          .alterConsumerGroupOffsets(
              "group-" + topic, Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(4)))
          .all()
          .get();
    }
    String group = ", group_id: group-" + topic;

    assertThat(read(broker, prompts(topic), "until: latest" + group))
        .isEqualTo(Map.of(topic + "-0", offsets(4, 6)));
    assertThat(read(broker, prompts(topic), "start_from: earliest, until: latest" + group))
        .isEqualTo(Map.of(topic + "-0", offsets(0, 6)));
  }

  @Test
  void latestIsTheEndWhenTheJobWasMadeAndNewPartitionsAreReadSoonFromTheirFirstRecord(
      SharedBroker broker) throws Exception {
    String topic = broker.newTopic("latest", 1);
    publish(broker, topic, 0, 1_000, 3);
    StreamExecutionEnvironment env = environment();
    var prompts =
        source(env, broker, prompts(topic), "start_from: latest, partition_discovery: 1s");
    // Between the making and the start, as between a failure and the next attempt.
    publish(broker, topic, 0, 2_000, 2);

    try (CloseableIterator<String> records = prompts.executeAndCollect()) {
      assertThat(List.of(records.next(), records.next()))
          .containsExactly(topic + "-0 3", topic + "-0 4");
      try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
        admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(2))).all().get();
      }
      publish(broker, topic, 1, 3_000, 1);
      assertThat(records.next()).isEqualTo(topic + "-1 0");
    }
  }

  private static Map<String, Set<Long>> read(SharedBroker broker, String topics, String options)
      throws Exception {
    List<String> read = new ArrayList<>();
    try (CloseableIterator<String> records =
        source(environment(), broker, topics, options).executeAndCollect()) {
      records.forEachRemaining(read::add);
    }
    Map<String, Set<Long>> byPartition = new TreeMap<>();
    for (String record : read) {
      String[] parts = record.split(" ", 2);
      assertThat(
              byPartition
                  .computeIfAbsent(parts[0], key -> new TreeSet<>())
                  .add(Long.valueOf(parts[1])))
          .as(record)
          .isTrue();
    }
    return byPartition;
  }

  private static DataStream<String> source(
      StreamExecutionEnvironment env, SharedBroker broker, String topics, String options)
      throws Exception {
    JobConfiguration job =
        ConfigurationFile.parse(
            """
            models: [{model_name: a, task_type: embedding, path: b}]
            kafka: {bootstrap_servers: "%s", topics: %s, %s}
            """
                .formatted(broker.bootstrapServers(), topics, options),
            Map.of());
    return env.fromSource(
            KafkaEnds.of(job.kafka(), job.delivery(), 1_000_000, 1_000_000).prompts(),
            WatermarkStrategy.noWatermarks(),
            "prompts")
        .map(ReadingTest::coordinates)
        .returns(String.class);
  }

  private static String coordinates(PromptRecord record) {
    var source = record.getSource();
    return source.getTopic() + "-" + source.getPartition() + " " + source.getOffset();
  }

  private static StreamExecutionEnvironment environment() {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(new Configuration());
    env.setParallelism(1);
    return env;
  }

  private static String prompts(String topic) {
    return "{prompts: " + topic + "}";
  }

  private static Set<Long> offsets(long from, long until) {
    Set<Long> offsets = new TreeSet<>();
    for (long offset = from; offset < until; offset++) {
      offsets.add(offset);
    }
    return offsets;
  }

  private static void publish(
      SharedBroker broker, String topic, int partition, long time, int count) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < count; i++) {
        producer
            .send(
                new ProducerRecord<>(topic, partition, HOUR_AGO + time, null, "{}".getBytes(UTF_8)))
            .get();
      }
    }
  }
}
