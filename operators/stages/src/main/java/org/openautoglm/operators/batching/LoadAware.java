package org.openautoglm.operators.batching;

import java.util.List;

/**
 * The oldest row first, in company of like length, on the engine that is expected to finish it
 * soonest, counting the work already there: rather than run on a slow engine that is free, it may
 * wait for a fast one that is busy.
 *
 * <p>The busy time of an engine that runs late grows with its lateness, so a device that hangs
 * loses its appeal.
 */
final class LoadAware implements SchedulingPolicy {
  /** Looking again sooner would only burn the processor. */
  private static final long RECHECK_US_MIN = 1_000;

  @Override
  public Decision decide(WaitingRows rows, List<? extends EngineView> engines, long nowUs) {
    Batch best = null;
    int place = -1;
    long soonestUs = Long.MAX_VALUE;
    for (int i = 0; i < engines.size(); i++) {
      EngineView engine = engines.get(i);
      if (!engine.free() && !engine.known()) {
        continue; // Not even a guess how long that would take.
      }
      Batch batch = Batch.around(rows, rows.oldest(), engine.limits());
      long finishUs = engine.busyUs(nowUs) + engine.expectedUs(batch.paddedTokens());
      if (finishUs < soonestUs) {
        best = batch;
        place = i;
        soonestUs = finishUs;
      }
    }
    if (engines.get(place).free()) {
      return new Decision.Run(best, place);
    }
    return new Decision.Wait(nowUs + Math.max(RECHECK_US_MIN, engines.get(place).busyUs(nowUs)));
  }
}
