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
    if (rows.full()) {
      return policy.decide(rows, engines, nowUs);
    }
    // Asked for every row that comes: whatever the batch, it would be held back.
    long firstDueUs = rows.oldest().enteredUs() + lingerUs;
    if (firstDueUs > nowUs && !mayFill(rows, engines)) {
      return new Decision.Wait(firstDueUs);
    }
    Decision decision = policy.decide(rows, engines, nowUs);
    if (!(decision instanceof Decision.Run run)
        || run.batch().isFull(engines.get(run.engine()).limits())) {
      return decision;
    }
    long oldestUs = Long.MAX_VALUE;
    for (Row row : run.batch().rows()) {
      oldestUs = Math.min(oldestUs, row.enteredUs());
    }
    return oldestUs + lingerUs <= nowUs ? decision : new Decision.Wait(oldestUs + lingerUs);
  }

  /** Whether some of these rows may make a full batch on some engine. */
  private static boolean mayFill(WaitingRows rows, List<? extends EngineView> engines) {
    int longest = rows.shorterThan(Integer.MAX_VALUE);
    for (EngineView engine : engines) {
      BatchLimits limits = engine.limits();
      if (rows.size() >= limits.maxRows()
          || (rows.size() + 1L) * longest > limits.maxPaddedTokens()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public SchedulingPolicy atEndOfInput() {
    return policy;
  }
}
