package org.openautoglm.jobs.kafka.reading;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchResponseData;

/**
 * How many records of a reader's partitions wait behind a transaction that somebody has left open.
 * Kafka does not hand them out, and does not count them as lag either: readers stall, and the lag
 * is zero.
 *
 * <p>Written by the thread that polls, read by any.
 */
final class OpenTransactions {
  private final Map<Place, Long> heldBack = new HashMap<>();
  private volatile long records;

  private record Place(Uuid topicId, String topic, int partition) {}

  /** The records that are held back now, control records among them. */
  long records() {
    return records;
  }

  /** Takes in what a fetch says; of partitions that it leaves out, nothing has changed. */
  void see(FetchResponseData response) {
    for (FetchResponseData.FetchableTopicResponse topic : response.responses()) {
      for (FetchResponseData.PartitionData partition : topic.partitions()) {
        if (partition.lastStableOffset() >= 0 && partition.highWatermark() >= 0) {
          heldBack.put(
              new Place(topic.topicId(), topic.topic(), partition.partitionIndex()),
              Math.max(0, partition.highWatermark() - partition.lastStableOffset()));
        }
      }
    }
    records = heldBack.values().stream().mapToLong(Long::longValue).sum();
  }

  /** A new reader begins, perhaps with other partitions. */
  void clear() {
    heldBack.clear();
    records = 0;
  }
}
