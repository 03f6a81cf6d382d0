package org.openautoglm.jobs.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.openautoglm.jobs.configuration.KafkaConfiguration.Topics;
import org.openautoglm.jobs.local.EmbeddedBroker;

/**
 * Fresh topics for one measurement on the embedded broker: fills the prompts, reads the pace of the
 * results.
 */
final class BenchTopics {
  /** The first results, while the JVM warms up and the job starts, are left out of a pace. */
  private static final double WARM_UP_SHARE = 0.5;

  private static final Duration SILENCE_MAX = Duration.ofMinutes(2);
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final EmbeddedBroker broker;
  private final int partitions;
  private final Topics names;

  BenchTopics(EmbeddedBroker broker, int partitions) throws IOException {
    this(broker, partitions, "bench-prompts-" + NUMBER.incrementAndGet());
    broker.createTopics(Map.of(names.prompts(), partitions));
  }

  private BenchTopics(EmbeddedBroker broker, int partitions, String prompts) throws IOException {
    this.broker = broker;
    this.partitions = partitions;
    String suffix = "-" + NUMBER.incrementAndGet();
    names =
        new Topics(
            prompts,
            "bench-results" + suffix,
            "bench-audit" + suffix,
            "bench-dead-letters" + suffix);
    broker.createTopics(
        Map.of(
            names.results(), partitions,
            names.audit(), partitions,
            names.deadLetters(), partitions));
  }

  /** The same prompts, for another job. */
  BenchTopics withFreshOutputs() throws IOException {
    return new BenchTopics(broker, partitions, names.prompts());
  }

  Topics names() {
    return names;
  }

  String bootstrapServers() {
    return broker.bootstrapServers();
  }

  /** Publishes so many records before anything reads them, spread evenly over the partitions. */
  void fill(List<byte[]> values, int count) throws IOException {
    AtomicReference<Exception> failure = new AtomicReference<>();
    Map<String, Object> properties =
        Map.of("bootstrap.servers", bootstrapServers(), "linger.ms", "20", "batch.size", "262144");
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      int partitions = producer.partitionsFor(names.prompts()).size();
      for (int i = 0; i < count; i++) {
        var unused =
            producer.send(
                new ProducerRecord<>(
                    names.prompts(), i % partitions, null, values.get(i % values.size())),
                (metadata, e) -> {
                  if (e != null) {
                    failure.compareAndSet(null, e);
                  }
                });
      }
    }
    if (failure.get() != null) {
      throw new IOException("publishing failed: " + failure.get().getMessage(), failure.get());
    }
  }

  /**
   * Waits for so many committed results.
   *
   * @return results a second, by the timestamps at which the job sent them, warm-up left out
   */
  double resultsPerSecond(int count) throws IOException {
    long[] sentMs = new long[count];
    int seen = 0;
    try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      List<TopicPartition> partitions = partitions(consumer, names.results());
      awaitEnds(consumer, partitions, count);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (seen < count) {
        for (var record : consumer.poll(Duration.ofSeconds(1))) {
          sentMs[seen++] = record.timestamp();
        }
      }
    }
    Arrays.sort(sentMs);
    int first = (int) (count * WARM_UP_SHARE);
    return (count - first) * 1000.0 / (sentMs[count - 1] - sentMs[first]);
  }

  /**
   * A committed result.
   *
   * @param sentMs when the job sent it
   * @param value as it was written
   */
  @SuppressWarnings("ArrayRecordComponent") // Read once, and never compared.
  record Sent(long sentMs, byte[] value) {}

  /** Waits for so many committed results; in the order in which the job sent them. */
  List<Sent> results(int count) throws IOException {
    List<Sent> results = new ArrayList<>(count);
    try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      List<TopicPartition> partitions = partitions(consumer, names.results());
      awaitEnds(consumer, partitions, count);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (results.size() < count) {
        for (var record : consumer.poll(Duration.ofSeconds(1))) {
          results.add(new Sent(record.timestamp(), record.value()));
        }
      }
    }
    results.sort(Comparator.comparingLong(Sent::sentMs));
    return results;
  }

  /**
   * What a record of a topic takes, its key and headers included: the mean of the first ones,
   * bytes.
   *
   * @param topic one of these, with committed records
   */
  int recordBytes(String topic) throws IOException {
    long bytes = 0;
    int records = 0;
    try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      List<TopicPartition> partitions = partitions(consumer, topic);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      for (var record : consumer.poll(Duration.ofSeconds(30))) {
        records++;
        bytes += Math.max(0, record.serializedKeySize()) + record.serializedValueSize();
        for (Header header : record.headers()) {
          bytes += header.key().length() + header.value().length;
        }
      }
    }
    if (records == 0) {
      throw new IOException("nothing can be read from " + topic);
    }
    return Math.toIntExact(bytes / records);
  }

  private KafkaConsumer<byte[], byte[]> consumer() {
    return new KafkaConsumer<>(
        Map.of(
            "bootstrap.servers", bootstrapServers(),
            "isolation.level", "read_committed",
            "enable.auto.commit", "false",
            "max.poll.records", "100000",
            "fetch.max.bytes", "67108864",
            "max.partition.fetch.bytes", "16777216"),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  private static List<TopicPartition> partitions(
      KafkaConsumer<byte[], byte[]> consumer, String topic) {
    return consumer.partitionsFor(topic).stream()
        .map(info -> new TopicPartition(topic, info.partition()))
        .toList();
  }

  /**
   * Looks at the ends of the partitions only, so that waiting costs the measured job next to
   * nothing.
   */
  private static void awaitEnds(
      KafkaConsumer<byte[], byte[]> consumer, List<TopicPartition> partitions, int count)
      throws IOException {
    long reached = -1;
    long reachedNs = System.nanoTime();
    // Offsets count transaction markers too, so the ends say when it is worth to look, and then
    // when it is quiet.
    while (true) {
      long ends = consumer.endOffsets(partitions).values().stream().mapToLong(x -> x).sum();
      long now = System.nanoTime();
      if (ends != reached) {
        reached = ends;
        reachedNs = now;
      } else if (ends >= count && now - reachedNs > Duration.ofSeconds(3).toNanos()) {
        return;
      } else if (now - reachedNs > SILENCE_MAX.toNanos()) {
        throw new IOException("only %d of %d results came".formatted(ends, count));
      }
      LockSupport.parkNanos(Duration.ofMillis(500).toNanos());
    }
  }
}
