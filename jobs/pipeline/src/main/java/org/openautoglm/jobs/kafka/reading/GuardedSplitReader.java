package org.openautoglm.jobs.kafka.reading;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsChange;
import org.apache.flink.connector.kafka.source.metrics.KafkaSourceReaderMetrics;
import org.apache.flink.connector.kafka.source.reader.KafkaPartitionSplitReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads Kafka partitions behind a {@link FetchGuard}. What the guard lets pass and the consumer
 * throws at all the same, such as a record whose length lies, is fetched once more from where the
 * last good fetch ended, with the guard in doubt of everything; then it is found and marked. Only
 * what fails without any progress in between fails the reader.
 *
 * <p>Belongs to the fetcher's thread.
 */
@SuppressWarnings("try") // What closing throws is its base class's.
final class GuardedSplitReader extends KafkaPartitionSplitReader {
  private static final Logger LOG = LoggerFactory.getLogger(GuardedSplitReader.class);

  /** Fetches that are read with doubt, after one that threw. */
  private static final int DOUBTFUL_FETCHES = 100;

  /** Nothing is fetched meanwhile. */
  private static final Duration FIRST_COMMIT_MAX = Duration.ofSeconds(3);

  private final KafkaConsumer<?, ?> consumer;
  private final FetchGuard guard;
  private final Map<TopicPartition, Long> positions = new HashMap<>();
  private int doubtful;
  private boolean progressed = true;
  private boolean committedOnce;

  GuardedSplitReader(
      Properties properties,
      SourceReaderContext context,
      KafkaSourceReaderMetrics metrics,
      ReadingLimits limits,
      OpenTransactions open,
      Deletions deletions) {
    super(properties, context, metrics);
    consumer = GuardedClient.consumerOf(this);
    guard = new FetchGuard(limits, open, deletions);
    GuardedClient.guard(consumer, guard);
  }

  @Override
  public RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>> fetch() throws IOException {
    RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>> records;
    try {
      records = super.fetch();
    } catch (RuntimeException | OutOfMemoryError e) {
      if (!progressed || !isAboutRecords(e)) {
        throw e;
      }
      LOG.warn("Records cannot be read; they are fetched again, each with care", e);
      progressed = false;
      doubtful = DOUBTFUL_FETCHES;
      guard.doubtAll(true);
      rewind();
      return fetch();
    }
    remember();
    if (doubtful > 0 && --doubtful == 0) {
      guard.doubtAll(false);
    }
    return records;
  }

  /**
   * The first offsets are committed before anything else is done: a start without state is told by
   * them, and left to the next fetches they come seconds after the first answers. Later ones may
   * lag, since they only move what is there.
   */
  @Override
  public void notifyCheckpointComplete(
      Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback) {
    if (!committedOnce && !offsets.isEmpty() && commitNow(offsets)) {
      committedOnce = true;
      callback.onComplete(offsets, null);
    } else {
      super.notifyCheckpointComplete(offsets, callback);
    }
  }

  /** Returns false where the brokers did not take them in time: then as Kafka's source does it. */
  private boolean commitNow(Map<TopicPartition, OffsetAndMetadata> offsets) {
    try {
      consumer.commitSync(offsets, FIRST_COMMIT_MAX);
      return true;
    } catch (WakeupException e) {
      try {
        consumer.commitSync(offsets, FIRST_COMMIT_MAX);
        return true;
      } catch (KafkaException again) {
        return false;
      } finally {
        consumer.wakeup(); // It was meant for the next fetch.
      }
    } catch (KafkaException e) {
      return false;
    }
  }

  @Override
  public void handleSplitsChanges(SplitsChange<KafkaPartitionSplit> change) {
    super.handleSplitsChanges(change);
    remember();
  }

  /** All that {@link #fetch} has given away lies before these. */
  private void remember() {
    Set<TopicPartition> assigned = consumer.assignment();
    for (TopicPartition partition : assigned) {
      long position = position(partition);
      Long before = positions.put(partition, position);
      progressed |= before == null || before != position;
    }
    if (positions.size() > assigned.size()) {
      positions.keySet().retainAll(assigned);
    }
  }

  /** A wake-up that comes meanwhile is for the next fetch. */
  private long position(TopicPartition partition) {
    try {
      return consumer.position(partition);
    } catch (WakeupException e) {
      try {
        return consumer.position(partition);
      } finally {
        consumer.wakeup();
      }
    }
  }

  /**
   * What the consumer has read and not given away is lost with the exception, also of other
   * partitions; and what it has fetched must come past the guard again.
   */
  private void rewind() {
    Set<TopicPartition> paused = Set.copyOf(consumer.paused());
    Set<TopicPartition> assigned = Set.copyOf(consumer.assignment());
    consumer.unsubscribe();
    consumer.assign(assigned);
    assigned.forEach(partition -> consumer.seek(partition, positions.get(partition)));
    consumer.pause(paused);
  }

  /** Whether it may be the records' fault, not the connection's or that of a right. */
  static boolean isAboutRecords(Throwable thrown) {
    return !(thrown instanceof KafkaException)
        || thrown.getClass() == KafkaException.class
        || thrown instanceof CorruptRecordException
        || thrown instanceof InvalidRecordException
        || thrown instanceof SerializationException;
  }
}
