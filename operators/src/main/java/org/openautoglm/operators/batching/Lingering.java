package org.openautoglm.operators.batching;

import java.util.List;

/**
 * Holds another policy's batch back to grow, while it is below its limits, its oldest row has not
 * waited for the limit, and more rows can come.
 */
final class Lingering implements SchedulingPolicy {
  private final SchedulingPolicy policy;
  private final long lingerUs;

  Lingering(SchedulingPolicy policy, long lingerUs) {
    this.policy = policy;
    this.lingerUs = lingerUs;
  }

  @Override
  public Decision decide(WaitingRows rows, List<? extends EngineView> engines, long nowUs) {
    Decision decision = policy.decide(rows, engines, nowUs);
    if (!(decision instanceof Decision.Run run)
        || rows.full()
        || run.batch().isFull(engines.get(run.engine()).limits())) {
      return decision;
    }
    long oldestUs = Long.MAX_VALUE;
    for (Row row : run.batch().rows()) {
      oldestUs = Math.min(oldestUs, row.enteredUs());
    }
    return oldestUs + lingerUs <= nowUs ? decision : new Decision.Wait(oldestUs + lingerUs);
  }

  @Override
  public SchedulingPolicy atEndOfInput() {
    return policy;
  }
}
