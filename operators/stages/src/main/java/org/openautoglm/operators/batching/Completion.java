package org.openautoglm.operators.batching;

import java.util.List;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.RowOutcome;
import org.openautoglm.schemas.wire.RowAudit;

/** What a lane's thread tells the task thread about a batch, in this order. */
sealed interface Completion {
  /** The batch it belongs to. */
  BatchRun batch();

  /** A row has its end. */
  record RowEnded(BatchRun batch, Row row, RowOutcome outcome) implements Completion {}

  /**
   * A row has none yet, but another attempt may give it one.
   *
   * @param suspect whether the row may be to blame for a run that took too long
   */
  record RowFailedForNow(
      BatchRun batch,
      Row row,
      FailureCode code,
      String message,
      RowAudit run,
      long inferenceUs,
      boolean suspect)
      implements Completion {}

  /** A row did not come to run, which is no attempt. */
  record RowPutBack(BatchRun batch, Row row) implements Completion {}

  /**
   * A run of the batch does not end. Its lane is free; no later report of it counts.
   *
   * @param hung the rows of that run; others of the batch did not come to run
   */
  record BatchGivenUp(BatchRun batch, List<Row> hung, long elapsedUs) implements Completion {}

  /**
   * The batch is over and all its rows are reported. Its lane is free at this moment or the next.
   *
   * @param inferenceUs how long the device worked on it
   * @param splits how often it was split to find a row or to fit the memory
   * @param clean whether nothing failed, so that the time is a measurement
   * @param fault what must fail the job, or null
   */
  record BatchEnded(BatchRun batch, long inferenceUs, int splits, boolean clean, Throwable fault)
      implements Completion {}
}
