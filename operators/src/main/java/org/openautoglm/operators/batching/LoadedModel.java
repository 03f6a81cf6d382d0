package org.openautoglm.operators.batching;

import java.util.List;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RefCount;
import org.openautoglm.operators.inference.TaskType;

/** A model as one subtask uses it: its engines, its policy and its numbers. */
final class LoadedModel {
  private final ModelSpec spec;
  private final RefCount lease;
  private final List<EngineSlot> engines;
  private final WindowMetrics metrics;
  private SchedulingPolicy policy;

  LoadedModel(ModelSpec spec, RefCount lease, List<EngineSlot> engines, WindowMetrics metrics) {
    this.spec = spec;
    this.lease = lease;
    this.engines = List.copyOf(engines);
    this.metrics = metrics;
    this.policy = SchedulingPolicy.of(spec.batching());
  }

  ModelSpec spec() {
    return spec;
  }

  /**
   * Who uses the engines: the operator, until it closes, and every batch on a lane. So a task that
   * is cancelled can close at once, and still no engine is closed under a running batch.
   */
  RefCount lease() {
    return lease;
  }

  List<EngineSlot> engines() {
    return engines;
  }

  WindowMetrics metrics() {
    return metrics;
  }

  SchedulingPolicy policy() {
    return policy;
  }

  void endOfInput() {
    policy = policy.atEndOfInput();
  }

  /**
   * Whether its batches count among those in flight. What generates runs row by row on lanes of its
   * own, as many as its caches have slots: they are the bound.
   */
  boolean isCounted() {
    return spec.task() != TaskType.TEXT_GENERATION;
  }

  boolean mayHaveFreeLane() {
    for (EngineSlot engine : engines) {
      if (engine.free()) {
        return true;
      }
    }
    return false;
  }
}
