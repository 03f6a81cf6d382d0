package org.openautoglm.jobs.reconcile;

import org.apache.kafka.common.TopicPartition;

/**
 * The records of one partition that are reconciled.
 *
 * @param deletedBefore the first offset that the topic still has
 * @param from the first offset that was asked for
 * @param to behind the last one
 * @param end behind the last record of the partition: republications may stand beyond the range
 * @param readTo the first offset that the job may not yet have read; -1 where its group says
 *     nothing
 */
record PromptRange(
    TopicPartition partition, long deletedBefore, long from, long to, long end, long readTo) {

  /** The first offset that can be looked at. */
  long start() {
    return Math.min(Math.max(from, deletedBefore), to);
  }

  /** How many offsets that were asked for are deleted. */
  long deleted() {
    return start() - Math.min(from, start());
  }

  PromptRange withReadTo(long offset) {
    return new PromptRange(partition, deletedBefore, from, to, end, offset);
  }

  PromptRange withEnd(long offset) {
    return new PromptRange(partition, deletedBefore, from, to, offset, readTo);
  }
}
