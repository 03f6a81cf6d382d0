package org.openautoglm.operators.batching;

import java.util.List;

/**
 * The oldest row first, in company of like length, on the first engine that is free. A row is
 * passed over at most once by each older one.
 */
final class FirstComeFirstServed implements SchedulingPolicy {
  @Override
  public Decision decide(WaitingRows rows, List<? extends EngineView> engines, long nowUs) {
    for (int i = 0; i < engines.size(); i++) {
      if (engines.get(i).free()) {
        return new Decision.Run(Batch.around(rows, rows.oldest(), engines.get(i).limits()), i);
      }
    }
    return Decision.Wait.FOR_A_CHANGE;
  }
}
