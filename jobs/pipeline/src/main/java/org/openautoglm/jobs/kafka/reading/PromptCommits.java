package org.openautoglm.jobs.kafka.reading;

import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.synchronization.FutureCompletingBlockingQueue;
import org.apache.flink.connector.kafka.source.reader.fetcher.KafkaSourceFetcherManager;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.common.TopicPartition;

/**
 * Kafka's fetcher, which commits a reader's first offsets without waiting for records: the
 * connector leaves commits to the end of a fetch, ten seconds later where none come, and a start
 * without state is told by them. Later ones only move what is there, and may wait.
 *
 * <p>Called by the task's thread.
 */
final class PromptCommits extends KafkaSourceFetcherManager {
  private final AtomicReference<GuardedSplitReader> reader;
  private boolean committedOnce;

  private PromptCommits(
      FutureCompletingBlockingQueue<RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>>> queue,
      Supplier<GuardedSplitReader> readers,
      AtomicReference<GuardedSplitReader> reader) {
    super(queue, () -> reader.updateAndGet(earlier -> readers.get()), finished -> {});
    this.reader = reader;
  }

  static PromptCommits of(
      FutureCompletingBlockingQueue<RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>>> queue,
      Supplier<GuardedSplitReader> readers) {
    return new PromptCommits(queue, readers, new AtomicReference<>());
  }

  @Override
  public void commitOffsets(
      Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback) {
    super.commitOffsets(offsets, callback);
    GuardedSplitReader fetching = reader.get();
    if (!committedOnce && !offsets.isEmpty() && fetching != null) {
      committedOnce = true;
      fetching.wakeUp();
    }
  }
}
