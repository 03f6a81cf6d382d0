package org.openautoglm.jobs.kafka.reading;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A consumer that reads past whatever stands in a topic, as the job's source does: in the place of
 * a record that cannot be read, or unpacks to too much, it gives a {@link Unreadable mark}. For
 * those who read without Flink. Belongs to one thread.
 */
public final class GuardedConsumer implements AutoCloseable {
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final FetchGuard guard;
  private final Map<TopicPartition, Long> positions = new HashMap<>();
  private boolean progressed = true;

  /**
   * A consumer outside any group.
   *
   * @param recordBytesMax the largest record that is read, in bytes
   */
  public GuardedConsumer(Map<String, Object> properties, int recordBytesMax) {
    Map<String, Object> unchecked = new HashMap<>(properties);
    unchecked.put(ConsumerConfig.CHECK_CRCS_CONFIG, "false");
    consumer =
        new KafkaConsumer<>(unchecked, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    guard = new FetchGuard(ReadingLimits.of(recordBytesMax, true));
    GuardedClient.guard(consumer, guard);
  }

  /** Reads these partitions, each from an offset on, and no others. */
  public void read(Map<TopicPartition, Long> from) {
    consumer.assign(from.keySet());
    from.forEach(consumer::seek);
    // A partition that was assigned before keeps its pause.
    consumer.resume(from.keySet());
    positions.clear();
    positions.putAll(from);
    progressed = true;
  }

  /** The consumer, for everything but where it reads and {@link #poll}. */
  public KafkaConsumer<byte[], byte[]> consumer() {
    return consumer;
  }

  /** The next records; what makes the consumer throw is fetched once more, each with care. */
  public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
    ConsumerRecords<byte[], byte[]> records;
    try {
      records = consumer.poll(timeout);
    } catch (RuntimeException | OutOfMemoryError e) {
      if (!progressed || !GuardedSplitReader.isAboutRecords(e)) {
        throw e;
      }
      progressed = false;
      guard.doubtAll(true);
      rewind();
      return poll(timeout);
    }
    remember();
    return records;
  }

  private void remember() {
    positions.replaceAll(
        (partition, before) -> {
          long position = consumer.position(partition);
          progressed |= position != before;
          return position;
        });
  }

  /** What was fetched must come past the guard again. */
  private void rewind() {
    Set<TopicPartition> paused = Set.copyOf(consumer.paused());
    consumer.unsubscribe();
    consumer.assign(positions.keySet());
    positions.forEach(consumer::seek);
    consumer.pause(paused);
  }

  @Override
  public void close() {
    consumer.close();
  }
}
