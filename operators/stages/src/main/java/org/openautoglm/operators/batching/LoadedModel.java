package org.openautoglm.operators.batching;

import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RefCount;

/**
 * A model as one subtask uses it: its engines, its policy and its numbers. The engines change when
 * a newer version serves; batches that run keep those that they began on.
 */
final class LoadedModel {
  private final ModelSpec spec;
  private final WindowMetrics metrics;
  private EngineLease engineLease;
  private RefCount lease;
  private List<EngineSlot> engines;
  private SchedulingPolicy policy;

  LoadedModel(
      ModelSpec spec, EngineLease engineLease, List<EngineSlot> engines, WindowMetrics metrics) {
    this.spec = spec;
    this.metrics = metrics;
    this.policy = SchedulingPolicy.of(spec.batching());
    take(engineLease, engines);
  }

  private void take(EngineLease newLease, List<EngineSlot> newEngines) {
    engineLease = newLease;
    lease = new RefCount(newLease::close);
    engines = List.copyOf(newEngines);
    engines.forEach(slot -> slot.amongThose(engines));
  }

  /** A lease on a newer version, where there is one. */
  Optional<EngineLease> successor() {
    return engineLease.successor();
  }

  /** Runs all further batches on these engines; the others are let go when nothing runs on them. */
  void changeTo(EngineLease newLease, List<EngineSlot> newEngines) {
    RefCount older = lease;
    engines.forEach(slot -> slot.gate().close());
    take(newLease, newEngines);
    metrics.modelReloads.inc();
    older.release();
  }

  /** Newer versions that did not come to serve in this process. */
  long failedReloads() {
    return engineLease.failedReloads();
  }

  /** A number of the engine on a device that serves now; 0 where it has none of that name. */
  long gauge(String device, String name) {
    for (EngineSlot slot : engines) {
      if (slot.engine().device().name().equals(device)) {
        LongSupplier number = slot.engine().gauges().get(name);
        return number == null ? 0 : number.getAsLong();
      }
    }
    return 0;
  }

  ModelSpec spec() {
    return spec;
  }

  /**
   * Who uses the engines of this moment: the operator, until it closes, and every batch on a lane.
   * So a task that is cancelled can close at once, and still no engine is closed under a running
   * batch.
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

  /** What it has had of its devices, nanoseconds; of the one where it has had least. */
  long hadNanos() {
    long least = Long.MAX_VALUE;
    for (EngineSlot engine : engines) {
      least = Math.min(least, engine.gate().hadNanos());
    }
    return least;
  }

  /** After a round of picks. */
  void declineUnlessAsked() {
    for (EngineSlot engine : engines) {
      engine.gate().declineUnlessAsked();
    }
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
