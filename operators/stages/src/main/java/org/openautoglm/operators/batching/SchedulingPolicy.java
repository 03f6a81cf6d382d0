package org.openautoglm.operators.batching;

import java.util.List;
import org.openautoglm.operators.inference.BatchingSpec;

/**
 * Which rows run next, and where. Pure: looks and decides, changes nothing, keeps nothing.
 *
 * <p>Whatever it prefers, no row may be passed over for ever.
 */
interface SchedulingPolicy {
  /**
   * Decides what to run next.
   *
   * @param rows at least one that may run now
   * @param engines at least one, the preferred first; at least one is free
   * @param nowUs microseconds since the epoch
   */
  Decision decide(WaitingRows rows, List<? extends EngineView> engines, long nowUs);

  /** The policy that a model asks for. */
  static SchedulingPolicy of(BatchingSpec spec) {
    SchedulingPolicy policy =
        switch (spec.policy()) {
          case FIRST_COME_FIRST_SERVED -> new FirstComeFirstServed();
          case SHORTEST_COMPLETION_FIRST ->
              new ShortestCompletionFirst(spec.maxSkippedMs() * 1_000);
          case LOAD_AWARE -> new LoadAware();
        };
    return spec.lingerMs() > 0 ? new Lingering(policy, spec.lingerMs() * 1_000) : policy;
  }

  /** This policy when no further rows will come, so that waiting for them is pointless. */
  default SchedulingPolicy atEndOfInput() {
    return this;
  }
}
