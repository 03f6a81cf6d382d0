package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads the committed records of a topic, outside any consumer group. Used by one thread. */
final class CommittedRecords implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final int LARGEST_FETCH_BYTES = 64 << 20;

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final String topic;
  private final boolean fromLatest;
  private boolean assigned;

  /**
   * @param fromLatest only what is committed from now on
   */
  CommittedRecords(Map<String, Object> properties, String topic, boolean fromLatest) {
    this.topic = topic;
    this.fromLatest = fromLatest;
    this.consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** The properties that such a reader needs besides its brokers. */
  static Map<String, Object> properties() {
    return Map.of(
        "isolation.level",
        "read_committed",
        "auto.offset.reset",
        "earliest",
        "enable.auto.commit",
        false,
        "allow.auto.create.topics",
        false,
        "default.api.timeout.ms",
        10_000,
        "fetch.max.bytes",
        LARGEST_FETCH_BYTES);
  }

  /** Whether the topic is there, so that records can come at all. */
  boolean isAssigned() {
    return assigned;
  }

  /**
   * The next records, after a short wait none.
   *
   * @throws IOException when no broker answers
   */
  Iterable<ConsumerRecord<byte[], byte[]>> poll() throws IOException {
    if (!assigned && !assign()) {
      return List.of();
    }
    ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
    return records;
  }

  private boolean assign() throws IOException {
    List<TopicPartition> partitions;
    try {
      partitions =
          consumer.partitionsFor(topic).stream()
              .map(partition -> new TopicPartition(topic, partition.partition()))
              .toList();
    } catch (TimeoutException e) {
      throw new IOException("no broker answers: " + e.getMessage(), e);
    }
    if (partitions.isEmpty()) {
      return false;
    }
    consumer.assign(partitions);
    if (fromLatest) {
      consumer.seekToEnd(partitions);
      partitions.forEach(consumer::position);
    }
    assigned = true;
    return true;
  }

  @Override
  public void close() {
    consumer.close();
  }
}
