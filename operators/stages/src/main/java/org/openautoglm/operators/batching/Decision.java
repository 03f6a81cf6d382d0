package org.openautoglm.operators.batching;

/** What a policy wants done. */
sealed interface Decision {
  /**
   * Run a batch now.
   *
   * @param batch rows of the pool
   * @param engine the place of a free engine in the list that the policy was given
   */
  record Run(Batch batch, int engine) implements Decision {}

  /**
   * Leave the rows where they are until something changes: a row comes, a batch ends, a lane is
   * freed, or the time has come.
   *
   * @param untilUs microseconds since the epoch; {@link Long#MAX_VALUE} when only a change helps
   */
  record Wait(long untilUs) implements Decision {
    static final Wait FOR_A_CHANGE = new Wait(Long.MAX_VALUE);
  }
}
