package org.openautoglm.jobs.reconcile;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.openautoglm.jobs.kafka.reading.GuardedConsumer;

/**
 * Reads ranges of topics, committed records only, outside any consumer group. Belongs to one
 * thread.
 */
final class TopicReader implements AutoCloseable {
  /** Offsets that are nearer are read over rather than sought. */
  private static final long NEAR = 5_000;

  /** What takes more is a dead letter to every job, and is not read here. */
  private static final int RECORD_BYTES_MAX = 128 << 20;

  private static final Duration POLL = Duration.ofMillis(200);
  private static final long STALLED_NS = Duration.ofSeconds(60).toNanos();

  private final GuardedConsumer guarded;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Progress progress;

  TopicReader(Map<String, Object> client, Progress progress) {
    Map<String, Object> properties = new HashMap<>(client);
    properties.put("isolation.level", "read_committed");
    properties.put("auto.offset.reset", "earliest");
    properties.put("enable.auto.commit", false);
    properties.put("allow.auto.create.topics", false);
    properties.put("max.poll.records", 5_000);
    properties.putIfAbsent("default.api.timeout.ms", 15_000);
    properties.remove("group.id");
    properties.remove("group.instance.id");
    guarded = new GuardedConsumer(properties, RECORD_BYTES_MAX);
    consumer = guarded.consumer();
    this.progress = progress;
  }

  /** The partitions of some topics, each topic one that must be there. */
  List<TopicPartition> partitions(List<String> topics) throws IOException {
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : topics) {
      List<PartitionInfo> infos;
      try {
        infos = consumer.partitionsFor(topic);
      } catch (TimeoutException e) {
        throw new IOException("no broker answers: " + e.getMessage(), e);
      }
      if (infos.isEmpty()) {
        throw new IOException("there is no topic " + topic);
      }
      infos.forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
    }
    return partitions;
  }

  /** The partitions of the prompts topics. */
  List<TopicPartition> promptPartitions(ReconcileRequest.Prompts prompts) throws IOException {
    if (prompts.pattern().isEmpty()) {
      return partitions(prompts.topics());
    }
    List<String> topics =
        consumer.listTopics().keySet().stream()
            .filter(name -> prompts.pattern().get().matcher(name).matches())
            .sorted()
            .toList();
    if (topics.isEmpty()) {
      throw new IOException("no topic matches " + prompts.pattern().get());
    }
    return partitions(topics);
  }

  Map<TopicPartition, Long> beginnings(List<TopicPartition> partitions) {
    return consumer.beginningOffsets(partitions);
  }

  /** Behind the last committed record of each: an open transaction hides what follows it. */
  Map<TopicPartition, Long> ends(List<TopicPartition> partitions) {
    return consumer.endOffsets(partitions);
  }

  /** The first offset of each with this timestamp or a later one, else its given end. */
  Map<TopicPartition, Long> atTime(Map<TopicPartition, Long> ends, long epochMs) {
    Map<TopicPartition, Long> times =
        ends.keySet().stream().collect(Collectors.toMap(each -> each, each -> epochMs));
    Map<TopicPartition, Long> offsets = new HashMap<>(ends);
    for (Map.Entry<TopicPartition, OffsetAndTimestamp> found :
        consumer.offsetsForTimes(times).entrySet()) {
      if (found.getValue() != null) {
        offsets.merge(found.getKey(), found.getValue().offset(), Math::min);
      }
    }
    return offsets;
  }

  /** The timestamp of the first committed record that a partition still has. */
  OptionalLong firstTimestamp(TopicPartition partition, long beginning, long end)
      throws IOException {
    guarded.read(Map.of(partition, beginning));
    long giveUpNs = System.nanoTime() + STALLED_NS;
    while (consumer.position(partition) < end) {
      for (ConsumerRecord<byte[], byte[]> record : guarded.poll(POLL)) {
        return OptionalLong.of(record.timestamp());
      }
      if (System.nanoTime() > giveUpNs) {
        throw new IOException("nothing of " + partition + " came for a minute");
      }
    }
    return OptionalLong.empty();
  }

  /**
   * Reads every committed record between two offsets of each partition, those of a partition in
   * their order.
   */
  void read(
      String what,
      Map<TopicPartition, Long> from,
      Map<TopicPartition, Long> to,
      Consumer<ConsumerRecord<byte[], byte[]>> each)
      throws IOException {
    Map<TopicPartition, Long> left = new HashMap<>();
    long total = 0;
    for (Map.Entry<TopicPartition, Long> end : to.entrySet()) {
      long begin = from.getOrDefault(end.getKey(), 0L);
      if (begin < end.getValue()) {
        left.put(end.getKey(), end.getValue());
        total += end.getValue() - begin;
      }
    }
    Map<TopicPartition, Long> begins = new HashMap<>(left);
    begins.replaceAll((partition, end) -> from.getOrDefault(partition, 0L));
    guarded.read(begins);
    Map<TopicPartition, Long> positions = new TreeMap<>(TopicReader::compare);
    long progressedNs = System.nanoTime();
    while (!left.isEmpty()) {
      for (ConsumerRecord<byte[], byte[]> record : guarded.poll(POLL)) {
        Long end = left.get(new TopicPartition(record.topic(), record.partition()));
        if (end != null && record.offset() < end) {
          each.accept(record);
        }
      }
      for (TopicPartition partition : List.copyOf(left.keySet())) {
        long position = consumer.position(partition);
        if (!Long.valueOf(position).equals(positions.put(partition, position))) {
          progressedNs = System.nanoTime();
        }
        if (position >= left.get(partition)) {
          left.remove(partition);
          consumer.pause(List.of(partition));
        }
      }
      progress.at(what, total - remaining(left, positions), total);
      if (System.nanoTime() - progressedNs > STALLED_NS) {
        throw new IOException("nothing more of " + left.keySet() + " came for a minute");
      }
    }
  }

  /** Reads the single records at these offsets of one partition, which ascend. */
  void readAt(
      TopicPartition partition, long[] offsets, Consumer<ConsumerRecord<byte[], byte[]>> each)
      throws IOException {
    int begin = 0;
    while (begin < offsets.length) {
      int end = begin + 1;
      while (end < offsets.length && offsets[end] - offsets[end - 1] <= NEAR) {
        end++;
      }
      int[] at = {begin};
      int last = end;
      read(
          partition.topic() + ", again",
          Map.of(partition, offsets[begin]),
          Map.of(partition, offsets[end - 1] + 1),
          record -> {
            while (at[0] < last && offsets[at[0]] < record.offset()) {
              at[0]++;
            }
            if (at[0] < last && offsets[at[0]] == record.offset()) {
              each.accept(record);
            }
          });
      begin = end;
    }
  }

  private static long remaining(
      Map<TopicPartition, Long> left, Map<TopicPartition, Long> positions) {
    return left.entrySet().stream()
        .mapToLong(each -> Math.max(0, each.getValue() - positions.getOrDefault(each.getKey(), 0L)))
        .sum();
  }

  private static int compare(TopicPartition one, TopicPartition other) {
    int topics = one.topic().compareTo(other.topic());
    return topics != 0 ? topics : Integer.compare(one.partition(), other.partition());
  }

  @Override
  public void close() {
    guarded.close();
  }
}
