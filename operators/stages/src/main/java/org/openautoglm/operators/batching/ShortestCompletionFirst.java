package org.openautoglm.operators.batching;

import java.util.List;

/**
 * The batch that is expected to complete soonest first, over all free engines: Min-Min (Ibarra and
 * Kim, 1977), with batches as tasks.
 *
 * <p>A pool has too many batches to compare them all, so one candidate stands for each octave of
 * lengths, built around the oldest of the octave's shortest rows. Alone, this would starve long
 * rows: once the oldest row has waited for the limit, it comes first, on the engine that completes
 * it soonest.
 */
final class ShortestCompletionFirst implements SchedulingPolicy {
  private final long maxSkippedUs;

  /**
   * @param maxSkippedUs how long other rows may be preferred to a waiting one, microseconds
   */
  ShortestCompletionFirst(long maxSkippedUs) {
    this.maxSkippedUs = maxSkippedUs;
  }

  @Override
  public Decision decide(WaitingRows rows, List<? extends EngineView> engines, long nowUs) {
    Soonest soonest = new Soonest();
    boolean overdue = nowUs - rows.oldest().enteredUs() >= maxSkippedUs;
    for (int i = 0; i < engines.size(); i++) {
      EngineView engine = engines.get(i);
      if (!engine.free()) {
        continue;
      }
      if (overdue) {
        soonest.consider(Batch.around(rows, rows.oldest(), engine.limits()), engine, i);
        continue;
      }
      for (int length = rows.longerThan(0); length > 0; length = rows.longerThan(octave(length))) {
        soonest.consider(Batch.around(rows, rows.oldestOf(length), engine.limits()), engine, i);
      }
    }
    return soonest.decision;
  }

  /** The greatest length with as many binary digits. */
  private static int octave(int length) {
    return 2 * Integer.highestOneBit(length) - 1;
  }

  /** The best pair so far; the first among equals. */
  private static final class Soonest {
    private Decision decision = Decision.Wait.FOR_A_CHANGE;
    private long us = Long.MAX_VALUE;

    void consider(Batch batch, EngineView engine, int place) {
      long expected = engine.expectedUs(batch.paddedTokens());
      if (expected < us) {
        us = expected;
        decision = new Decision.Run(batch, place);
      }
    }
  }
}
