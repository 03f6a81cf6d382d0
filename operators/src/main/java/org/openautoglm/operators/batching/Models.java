package org.openautoglm.operators.batching;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RefCount;

/**
 * The models of one subtask, each loaded when it is first needed. A subtask that has no key of a
 * model never pays for its memory. Belongs to the task thread.
 */
final class Models {
  private final WindowConfig config;
  private final RuntimeContext context;
  private final MetricGroup metrics;
  private final Runnable onFreeLane;
  private final Map<String, LoadedModel> loaded = new LinkedHashMap<>();
  private final Map<Device, LaneGate> gates = new HashMap<>();

  /**
   * @param metrics the operator's group
   * @param onFreeLane called by whichever thread frees a lane that was wanted
   */
  Models(WindowConfig config, RuntimeContext context, MetricGroup metrics, Runnable onFreeLane) {
    this.config = config;
    this.context = context;
    this.metrics = metrics;
    this.onFreeLane = onFreeLane;
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
    EngineLease lease = config.provider().engines(spec, context);
    List<EngineSlot> engines = new ArrayList<>();
    for (InferenceEngine engine : lease.engines()) {
      LaneGate gate =
          gates.computeIfAbsent(engine.device(), device -> new LaneGate(device, onFreeLane));
      engines.add(new EngineSlot(engine, gate, spec.batching()));
    }
    MetricGroup stage = metrics.addGroup("autoglm").addGroup("stage", "window");
    MetricGroup group = stage.addGroup("model", spec.name());
    WindowMetrics ofModel = new WindowMetrics(group, spec.batching());
    for (InferenceEngine engine : lease.engines()) {
      Map<String, LongSupplier> gauges = engine.gauges();
      MetricGroup device = ofModel.device(engine.device());
      gauges.forEach((name, number) -> device.<Long, Gauge<Long>>gauge(name, number::getAsLong));
    }
    return new LoadedModel(spec, new RefCount(lease::close), engines, ofModel);
  }

  /** The most batches in flight: as configured, or as many as there are lanes. */
  int maxBatchesInFlight() {
    return config.maxBatchesInFlight() > 0
        ? config.maxBatchesInFlight()
        : gates.keySet().stream().mapToInt(Device::lanes).sum();
  }

  void endOfInput() {
    loaded.values().forEach(LoadedModel::endOfInput);
  }

  /** Forgets wake-ups and gives the leases back; batches on lanes keep theirs until they end. */
  void close() {
    gates.values().forEach(LaneGate::forget);
    loaded.values().forEach(model -> model.lease().release());
    loaded.clear();
  }
}
