package org.openautoglm.operators.batching;

import org.openautoglm.operators.inference.Tokens;
import org.openautoglm.schemas.flow.PreparedRow;
import org.openautoglm.schemas.wire.RowAudit;

/**
 * One input of a request on its way to an answer: what a pool holds and a batch is made of.
 *
 * <p>Belongs to the task thread. While it is {@link Place#RUNNING} nothing here changes, and the
 * lane's thread may read.
 */
final class Row {
  /** Where a row is. It moves only through {@link RowPool} and {@link PendingRequest}. */
  enum Place {
    WAITING,
    BACKING_OFF,
    RUNNING,
    ENDED
  }

  private final PendingRequest request;
  private final PreparedRow prepared;
  private final int slot;
  private final long sequence;
  private final int length;

  Place place = Place.WAITING;

  /** The batch that has it while it runs, and nobody has taken it back. */
  BatchRun run;

  // What earlier attempts left behind.
  private int failed;
  private int runs;
  private long inferenceUs;
  private RowAudit lastRun;
  private boolean suspect;

  // The pool's links: neighbours by age, and neighbours by age among rows of the same length.
  Row older;
  Row younger;
  Row olderOfLength;
  Row youngerOfLength;
  long dueUs;

  /**
   * @param slot this row's place among the request's rows
   * @param sequence the order in which rows came to the subtask
   * @param failed attempts that failed before
   */
  Row(PendingRequest request, int slot, long sequence, int failed) {
    this.request = request;
    this.prepared = request.prompt().getRows(slot);
    this.slot = slot;
    this.sequence = sequence;
    this.failed = failed;
    this.runs = failed;
    this.length = Math.max(1, tokens());
  }

  PendingRequest request() {
    return request;
  }

  int slot() {
    return slot;
  }

  long sequence() {
    return sequence;
  }

  /** What it weighs in a budget: its tokens, and 1 where it has none. */
  int length() {
    return length;
  }

  PreparedRow prepared() {
    return prepared;
  }

  int tokens() {
    return Tokens.count(prepared.getTokens());
  }

  long enteredUs() {
    return request.enteredUs();
  }

  /** Attempts that failed and count against the retry limit. */
  int failed() {
    return failed;
  }

  /** Runs that this row took part in before, splits included. */
  int runs() {
    return runs;
  }

  /** Time on devices before, microseconds. */
  long inferenceUs() {
    return inferenceUs;
  }

  /** The last failed run, or null. */
  RowAudit lastRun() {
    return lastRun;
  }

  /** Whether a run that it took part in took too long, so that it had better run alone. */
  boolean isSuspect() {
    return suspect;
  }

  void failedOnce(RowAudit failedRun, long inferenceUsMore, boolean isSuspect) {
    failed++;
    runs = failedRun.getAttempts();
    inferenceUs += inferenceUsMore;
    lastRun = failedRun;
    suspect |= isSuspect;
  }
}
