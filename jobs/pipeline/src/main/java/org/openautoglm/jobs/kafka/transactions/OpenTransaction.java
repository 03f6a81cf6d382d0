package org.openautoglm.jobs.kafka.transactions;

import java.util.List;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;

/**
 * A transaction that has not ended.
 *
 * @param id its transactional id; {@code ?} where no coordinator knows its producer
 * @param state its coordinator's word for it, or {@code Hanging}
 * @param producerId its producer's
 * @param epoch its producer's
 * @param startedMs when it began, or was last written to where it hangs, epoch milliseconds; empty:
 *     not known
 * @param timeoutMs after so long its coordinator aborts it; 0 where it hangs, as nobody does then
 * @param partitions whose readers wait for it
 * @param coordinatorEpoch of the last marker in a hanging one's partition
 */
public record OpenTransaction(
    String id,
    String state,
    long producerId,
    int epoch,
    OptionalLong startedMs,
    long timeoutMs,
    List<TopicPartition> partitions,
    int coordinatorEpoch) {
  static final String HANGING = "Hanging";

  public OpenTransaction {
    partitions = List.copyOf(partitions);
  }

  /**
   * Whether a partition holds it open although its coordinator knows nothing of it any more, so
   * that it never times out.
   */
  public boolean hangs() {
    return state.equals(HANGING);
  }
}
