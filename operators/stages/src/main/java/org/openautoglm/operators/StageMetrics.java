package org.openautoglm.operators;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.openautoglm.schemas.failure.FailureCode;

/**
 * Counts what goes through one stateless stage. At any moment {@code requestsIn = requestsOut +
 * requestsRefused}, and the latter is the sum over the codes. Called by the task thread only.
 */
public final class StageMetrics {
  private final MetricGroup metrics;
  private final Counter in;
  private final Counter out;
  private final Counter refused;
  private final Map<String, Counter> refusedByCode = new HashMap<>();

  public StageMetrics(MetricGroup group, String stage) {
    metrics = group.addGroup("autoglm").addGroup("stage", stage);
    in = metrics.counter("requestsIn");
    out = metrics.counter("requestsOut");
    refused = metrics.counter("requestsRefused");
    for (FailureCode code : FailureCode.values()) {
      refusedByCode.put(
          code.name(), metrics.addGroup("code", code.name()).counter("requestsRefusedByCode"));
    }
  }

  /** A counter of the stage's own. */
  public Counter counter(String name) {
    return metrics.counter(name);
  }

  /** A request came in. */
  public void in() {
    in.inc();
  }

  /** A request went on to the next stage. */
  public void out() {
    out.inc();
  }

  /** A request was refused here. */
  public void refused(String code) {
    refused.inc();
    refusedByCode.get(code).inc();
  }
}
