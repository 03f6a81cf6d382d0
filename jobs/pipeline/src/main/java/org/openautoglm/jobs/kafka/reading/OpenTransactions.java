package org.openautoglm.jobs.kafka.reading;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchResponseData;

/**
 * How many records of a reader's partitions wait behind a transaction that somebody has left open,
 * and for how long. Kafka does not hand them out, and does not count them as lag either: readers
 * stall, and the lag is zero.
 *
 * <p>Written by the thread that polls, read by any.
 */
final class OpenTransactions {
  private static final Seen NOTHING = new Seen(0, Long.MAX_VALUE);

  private final LongSupplier nanos;
  private final Map<Place, Held> held = new HashMap<>();
  private volatile Seen seen = NOTHING;

  private record Place(Uuid topicId, String topic, int partition) {}

  /** What waits in one partition, and since when it has not moved on. */
  private record Held(long records, long stableOffset, long sinceNanos) {}

  /** All partitions together; the oldest's beginning, or the largest value where none waits. */
  private record Seen(long records, long sinceNanos) {}

  OpenTransactions(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** The records that are held back now, control records among them. */
  long records() {
    return seen.records();
  }

  /** For how long the longest has not moved on, milliseconds; 0 where nothing waits. */
  long ageMs() {
    Seen now = seen;
    return now.records() == 0
        ? 0
        : TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong() - now.sinceNanos());
  }

  /** Takes in what a fetch says; of partitions that it leaves out, nothing has changed. */
  void see(FetchResponseData response) {
    if (response.responses().isEmpty()) {
      return;
    }
    for (FetchResponseData.FetchableTopicResponse topic : response.responses()) {
      for (FetchResponseData.PartitionData partition : topic.partitions()) {
        see(new Place(topic.topicId(), topic.topic(), partition.partitionIndex()), partition);
      }
    }
    long records = 0;
    long since = Long.MAX_VALUE;
    for (Held each : held.values()) {
      records += each.records();
      since = Math.min(since, each.sinceNanos());
    }
    seen = new Seen(records, since);
  }

  private void see(Place place, FetchResponseData.PartitionData partition) {
    long stable = partition.lastStableOffset();
    long records = partition.highWatermark() - stable;
    if (stable < 0 || records <= 0) {
      held.remove(place);
      return;
    }
    Held before = held.get(place);
    boolean stands = before != null && before.stableOffset() == stable;
    held.put(place, new Held(records, stable, stands ? before.sinceNanos() : nanos.getAsLong()));
  }

  /** A new reader begins, perhaps with other partitions. */
  void clear() {
    held.clear();
    seen = NOTHING;
  }
}
