package org.openautoglm.jobs.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
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
  private static final Duration SILENCE_MAX = Duration.ofMinutes(2);
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final EmbeddedBroker broker;
  private final int partitions;
  private final Topics names;

  /** How far results have been read. */
  private final Map<TopicPartition, Long> read = new HashMap<>();

  BenchTopics(EmbeddedBroker broker, int partitions) throws IOException {
    this.broker = broker;
    this.partitions = partitions;
    String suffix = "-" + NUMBER.incrementAndGet();
    names =
        new Topics(
            "bench-prompts" + suffix,
            "bench-results" + suffix,
            "bench-audit" + suffix,
            "bench-dead-letters" + suffix);
    broker.createTopics(
        Map.of(
            names.prompts(), partitions,
            names.results(), partitions,
            names.audit(), partitions,
            names.deadLetters(), partitions));
  }

  Topics names() {
    return names;
  }

  String bootstrapServers() {
    return broker.bootstrapServers();
  }

  /**
   * Publishes so many records, spread evenly over the partitions, in one transaction: nobody who
   * reads what is committed sees the first of them before the last is there.
   */
  void fill(List<byte[]> values, int count) throws IOException {
    AtomicReference<Exception> failure = new AtomicReference<>();
    Map<String, Object> properties =
        Map.of(
            "bootstrap.servers",
            bootstrapServers(),
            "transactional.id",
            "fill-" + names.prompts(),
            "linger.ms",
            "20",
            "batch.size",
            "262144");
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
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
      producer.commitTransaction();
    }
    if (failure.get() != null) {
      throw new IOException("publishing failed: " + failure.get().getMessage(), failure.get());
    }
  }

  /**
   * Waits for so many more committed results than were read before.
   *
   * @param leftOut the share of results that come first and do not count, from 0 to 1
   * @return results a second, by the timestamps at which the job sent them
   */
  double resultsPerSecond(int count, double leftOut) throws IOException {
    long[] sentMs = new long[count];
    int[] seen = new int[1];
    read(count, record -> sentMs[seen[0]++] = record.timestamp());
    Arrays.sort(sentMs);
    int first = (int) (count * leftOut);
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
    read(count, record -> results.add(new Sent(record.timestamp(), record.value())));
    results.sort(Comparator.comparingLong(Sent::sentMs));
    return results;
  }

  /** Waits for so many more committed results, and reads them. */
  private void read(int count, Consumer<ConsumerRecord<byte[], byte[]>> each) throws IOException {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      List<TopicPartition> partitions = partitions(names.results());
      awaitEnds(consumer, partitions, count);
      consumer.assign(partitions);
      partitions.forEach(partition -> consumer.seek(partition, read.getOrDefault(partition, 0L)));
      int seen = 0;
      while (seen < count) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
          each.accept(record);
          seen++;
        }
      }
      partitions.forEach(partition -> read.put(partition, consumer.position(partition)));
    }
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
      List<TopicPartition> partitions = partitions(topic);
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

  private List<TopicPartition> partitions(String topic) {
    return IntStream.range(0, partitions).mapToObj(i -> new TopicPartition(topic, i)).toList();
  }

  /**
   * Looks at the ends of the partitions only, so that waiting costs the measured job next to
   * nothing. Ends count transaction markers too: a few results may still be missing then.
   */
  private void awaitEnds(
      KafkaConsumer<byte[], byte[]> consumer, List<TopicPartition> partitions, int count)
      throws IOException {
    long start = read.values().stream().mapToLong(x -> x).sum();
    long reached = start;
    long reachedNs = System.nanoTime();
    while (reached < start + count) {
      LockSupport.parkNanos(Duration.ofMillis(500).toNanos());
      long ends = consumer.endOffsets(partitions).values().stream().mapToLong(x -> x).sum();
      long now = System.nanoTime();
      if (ends > reached) {
        reached = ends;
        reachedNs = now;
      } else if (now - reachedNs > SILENCE_MAX.toNanos()) {
        throw new IOException("only %d of %d results came".formatted(reached - start, count));
      }
    }
  }

  /** Deletes all records, so that the machine's memory does not fill up with them. */
  void clear() throws IOException {
    broker.deleteRecords(
        Stream.of(names.prompts(), names.results(), names.audit())
            .flatMap(topic -> partitions(topic).stream())
            .toList());
  }

  /** Deletes the topics, and what is in them. */
  void delete() throws IOException {
    broker.deleteTopics(
        List.of(names.prompts(), names.results(), names.audit(), names.deadLetters()));
  }
}
