package org.openautoglm.jobs.kafka;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;

/**
 * The first records of a time or later, and where a partition has none, its end. The connector's
 * own form of this goes on at the latest record, without a word, where the next one is gone; this
 * one goes on at the earliest.
 */
@SuppressWarnings("deprecation") // The connector takes no other form of the strategy.
final class OffsetsOfTime implements OffsetsInitializer {
  private static final long serialVersionUID = 1L;

  private final long timeMs;

  OffsetsOfTime(long timeMs) {
    this.timeMs = timeMs;
  }

  @Override
  public Map<TopicPartition, Long> getPartitionOffsets(
      Collection<TopicPartition> partitions, PartitionOffsetsRetriever retriever) {
    // Ends first: what is published between the two calls has an offset of its time.
    Map<TopicPartition, Long> offsets = new HashMap<>(retriever.endOffsets(partitions));
    Map<TopicPartition, Long> times = new HashMap<>();
    partitions.forEach(partition -> times.put(partition, timeMs));
    retriever
        .offsetsForTimes(times)
        .forEach((partition, found) -> offsets.put(partition, found.offset()));
    return offsets;
  }

  @Override
  public OffsetResetStrategy getAutoOffsetResetStrategy() {
    return OffsetResetStrategy.EARLIEST;
  }
}
