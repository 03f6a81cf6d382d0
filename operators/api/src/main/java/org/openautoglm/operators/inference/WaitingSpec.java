package org.openautoglm.operators.inference;

import java.io.Serializable;

/**
 * How much may wait for one window of a model, and what happens beyond. Rows of the pool are
 * bounded by {@link BatchingSpec#maxWaitingRows}.
 *
 * @param maxWaitingBytes the most bytes of prompts on the heap; a single larger one waits alone
 * @param maxSpilledRows the most rows that wait in state besides; 0: none does
 * @param maxSpilledBytes the most bytes of prompts that wait in state; a single larger one does so
 *     alone
 * @param overload what becomes of a prompt for which there is no room
 */
public record WaitingSpec(
    long maxWaitingBytes, long maxSpilledRows, long maxSpilledBytes, Overload overload)
    implements Serializable {

  private static final long serialVersionUID = 1L;

  /** 16 MiB on the heap, a million rows or 512 MiB in state, then back pressure. */
  public static final WaitingSpec STANDARD =
      new WaitingSpec(16 << 20, 1 << 20, 512 << 20, Overload.BLOCK);

  /** What a window does when nothing more may wait. */
  public enum Overload {
    /** The operator pushes back: Kafka is read more slowly, for all models of the subtask. */
    BLOCK,
    /** The request ends with OVERLOADED, and with how long to wait. */
    REFUSE
  }
}
