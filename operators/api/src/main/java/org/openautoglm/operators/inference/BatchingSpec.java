package org.openautoglm.operators.inference;

import java.io.Serializable;

/**
 * How a model's rows are gathered into batches.
 *
 * @param maxRows the most rows of one batch, 1 or more
 * @param maxPaddedTokens the most padded tokens of one batch, rows × longest row; a single longer
 *     row runs alone
 * @param lingerMs how long a batch may be held back to grow, milliseconds; 0: never
 * @param maxWaitingRows the most rows that wait on the heap for one window
 * @param policy which rows run next, and where
 * @param maxSkippedMs how long other rows may be preferred to a waiting one, milliseconds
 * @param waiting how much else may wait, and what happens beyond
 */
public record BatchingSpec(
    int maxRows,
    int maxPaddedTokens,
    long lingerMs,
    int maxWaitingRows,
    Policy policy,
    long maxSkippedMs,
    WaitingSpec waiting)
    implements Serializable {

  private static final long serialVersionUID = 1L;

  /** With the standard bounds for what waits. */
  public BatchingSpec(
      int maxRows,
      int maxPaddedTokens,
      long lingerMs,
      int maxWaitingRows,
      Policy policy,
      long maxSkippedMs) {
    this(
        maxRows,
        maxPaddedTokens,
        lingerMs,
        maxWaitingRows,
        policy,
        maxSkippedMs,
        WaitingSpec.STANDARD);
  }

  /** The same with other bounds for what waits. */
  public BatchingSpec with(WaitingSpec bounds) {
    return new BatchingSpec(
        maxRows, maxPaddedTokens, lingerMs, maxWaitingRows, policy, maxSkippedMs, bounds);
  }

  /** The scheduling policies by name. */
  public enum Policy {
    /** The oldest row first, in company of like length. */
    FIRST_COME_FIRST_SERVED,
    /** The batch expected to complete soonest first (Min-Min). */
    SHORTEST_COMPLETION_FIRST,
    /** The oldest row first, on the device expected to finish it soonest, busy ones included. */
    LOAD_AWARE
  }
}
