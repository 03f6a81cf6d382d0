package org.openautoglm.operators.batching;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.TaskContext;
import org.openautoglm.operators.inference.TaskType;

/**
 * The models of one subtask, each loaded when it is first needed. A subtask that has no key of a
 * model never pays for its memory. Belongs to the task thread.
 */
final class Models {
  private final WindowConfig config;
  private final TaskContext task;
  private final MetricGroup metrics;
  private final Runnable onFreeLane;
  private final Runnable onNewVersion;
  private final Map<String, LoadedModel> loaded = new LinkedHashMap<>();

  /**
   * @param metrics the operator's group
   * @param onFreeLane called by whichever thread frees a lane that was wanted
   * @param onNewVersion called by some thread when {@link #renew} may have something to do
   */
  Models(
      WindowConfig config,
      TaskContext task,
      MetricGroup metrics,
      Runnable onFreeLane,
      Runnable onNewVersion) {
    this.config = config;
    this.task = task;
    this.metrics = metrics;
    this.onFreeLane = onFreeLane;
    this.onNewVersion = onNewVersion;
  }

  /** The model of that name, or null where none is configured. */
  LoadedModel get(String name) throws ModelLoadException {
    LoadedModel model = loaded.get(name);
    if (model != null) {
      return model;
    }
    for (ModelSpec spec : config.models()) {
      if (spec.name().equals(name)) {
        model = load(spec);
        loaded.put(name, model);
        return model;
      }
    }
    return null;
  }

  private LoadedModel load(ModelSpec spec) throws ModelLoadException {
    EngineLease lease = config.provider().engines(spec, task);
    MetricGroup stage = metrics.addGroup("autoglm").addGroup("stage", "window");
    MetricGroup group = stage.addGroup("model", spec.name());
    WindowMetrics ofModel = new WindowMetrics(group, spec.batching(), System::currentTimeMillis);
    LoadedModel model = new LoadedModel(spec, lease, slots(spec, lease), ofModel);
    for (InferenceEngine engine : lease.engines()) {
      String device = engine.device().name();
      MetricGroup ofDevice = ofModel.device(engine.device());
      engine
          .device()
          .health()
          .gauges()
          .forEach((name, number) -> ofDevice.<Long, Gauge<Long>>gauge(name, number::getAsLong));
      for (String name : engine.gauges().keySet()) {
        ofDevice.<Long, Gauge<Long>>gauge(name, () -> model.gauge(device, name));
      }
    }
    group.<Long, Gauge<Long>>gauge("modelReloadFailures", model::failedReloads);
    lease.onSuccessor(onNewVersion);
    return model;
  }

  private List<EngineSlot> slots(ModelSpec spec, EngineLease lease) {
    List<EngineSlot> slots = new ArrayList<>();
    // What generates runs row by row on lanes of its own, as many as its caches have slots: they
    // are the bound.
    boolean bounded = config.maxBatchesInFlight() > 0 && spec.task() != TaskType.TEXT_GENERATION;
    int lanesMax = bounded ? config.maxBatchesInFlight() : Integer.MAX_VALUE;
    for (InferenceEngine engine : lease.engines()) {
      LaneGate gate = new LaneGate(engine.device(), spec.name(), lanesMax, onFreeLane);
      slots.add(new EngineSlot(engine, gate, spec.batching(), spec.runTimeoutMs()));
    }
    return slots;
  }

  /** Goes on with newer versions where there are some. Never while a batch is being decided. */
  void renew() {
    for (LoadedModel model : loaded.values()) {
      Optional<EngineLease> newer = model.successor();
      if (newer.isPresent()) {
        EngineLease lease = newer.get();
        model.changeTo(lease, slots(model.spec(), lease));
        lease.engines().forEach(engine -> model.metrics().device(engine.device()));
        lease.onSuccessor(onNewVersion);
      }
    }
  }

  void endOfInput() {
    loaded.values().forEach(LoadedModel::endOfInput);
  }

  /** Forgets wake-ups and gives the leases back; batches on lanes keep theirs until they end. */
  void close() {
    for (LoadedModel model : loaded.values()) {
      model.engines().forEach(slot -> slot.gate().close());
      model.lease().release();
    }
    loaded.clear();
  }
}
