package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.openautoglm.jobs.kafka.clients.KafkaFailure;
import org.openautoglm.jobs.kafka.clients.KafkaFailure.Said;

/** Reads the committed records of a topic, outside any consumer group. Used by one thread. */
final class CommittedRecords implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final int LARGEST_FETCH_BYTES = 64 << 20;

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Map<String, Object> client;
  private final String topic;
  private final boolean fromLatest;
  private boolean assigned;

  /**
   * @param fromLatest only what is committed from now on
   */
  CommittedRecords(Map<String, Object> properties, String topic, boolean fromLatest)
      throws IOException {
    this.client = properties;
    this.topic = topic;
    this.fromLatest = fromLatest;
    try {
      this.consumer =
          new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    } catch (KafkaException e) {
      throw new IOException(KafkaFailure.words(e, client, Said.BY_OPTIONS), e);
    }
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
   * @throws IOException when no broker answers, or does not let this client read; says why
   */
  Iterable<ConsumerRecord<byte[], byte[]>> poll() throws IOException {
    if (!assigned && !assign()) {
      return List.of();
    }
    try {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
      return records;
    } catch (KafkaException e) {
      throw new IOException(KafkaFailure.words(e, client, Said.BY_OPTIONS), e);
    }
  }

  private boolean assign() throws IOException {
    List<TopicPartition> partitions;
    try {
      partitions =
          consumer.partitionsFor(topic).stream()
              .map(partition -> new TopicPartition(topic, partition.partition()))
              .toList();
    } catch (KafkaException e) {
      throw new IOException(KafkaFailure.words(e, client, Said.BY_OPTIONS), e);
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
