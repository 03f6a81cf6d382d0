package org.openautoglm.operators.inference;

import java.io.Serializable;

/**
 * How a model's rows are gathered into batches.
 *
 * @param maxRows the most rows of one batch, 1 or more
 * @param maxPaddedTokens the most padded tokens of one batch, rows × longest row; a single longer
 *     row runs alone
 * @param lingerMs how long a batch may be held back to grow, milliseconds; 0: never
 * @param maxWaitingRows the bound of one window's pool; beyond it the operator pushes back
 * @param policy which rows run next, and where
 * @param maxSkippedMs how long other rows may be preferred to a waiting one, milliseconds
 */
public record BatchingSpec(
    int maxRows,
    int maxPaddedTokens,
    long lingerMs,
    int maxWaitingRows,
    Policy policy,
    long maxSkippedMs)
    implements Serializable {

  private static final long serialVersionUID = 1L;

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
