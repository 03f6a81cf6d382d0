package org.openautoglm.jobs.kafka.reading;

import java.io.IOException;
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

  private final KafkaConsumer<?, ?> consumer;
  private final FetchGuard guard;
  private final Map<TopicPartition, Long> positions = new HashMap<>();
  private int doubtful;
  private boolean progressed = true;

  GuardedSplitReader(
      Properties properties,
      SourceReaderContext context,
      KafkaSourceReaderMetrics metrics,
      ReadingLimits limits,
      OpenTransactions open) {
    super(properties, context, metrics);
    consumer = GuardedClient.consumerOf(this);
    guard = new FetchGuard(limits, open);
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
