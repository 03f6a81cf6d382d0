package org.openautoglm.operators.settlement;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.util.Collector;
import org.openautoglm.operators.Epoch;
import org.openautoglm.operators.tracing.RequestTracer;
import org.openautoglm.operators.tracing.TracingSpec;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.OutputRecord;
import org.openautoglm.schemas.wire.InferenceResult;

/** The settle stage of answered requests: one result and one audit event for each. Stateless. */
public final class SettleFunction extends RichFlatMapFunction<AnsweredPrompt, OutputRecord> {
  private static final long serialVersionUID = 1L;

  private final OutputBounds.Source source;
  private final TracingSpec tracing;
  private transient OutputBounds bounds;
  private transient OutputRecords records;
  private transient SettleMetrics metrics;
  private transient FailureLog failures;
  private transient RequestTracer tracer;

  /**
   * Settles within a size.
   *
   * @param source what the topics take; a larger result becomes an error, a larger audit event is
   *     cut, and says so
   * @param tracing where the requests' spans go
   */
  public SettleFunction(OutputBounds.Source source, TracingSpec tracing) {
    this.source = source;
    this.tracing = tracing;
  }

  @Override
  public void open(OpenContext context) {
    bounds = source.open();
    records = new OutputRecords(bounds);
    metrics = new SettleMetrics(getRuntimeContext().getMetricGroup());
    failures = new FailureLog(getRuntimeContext().getTaskInfo().getTaskNameWithSubtasks());
    tracer = RequestTracer.open(tracing, metrics.group());
  }

  @Override
  public void flatMap(AnsweredPrompt answered, Collector<OutputRecord> out) {
    long startNs = System.nanoTime();
    long nowUs = Epoch.micros();
    Settled settled = Settled.of(answered, records, nowUs, startNs);
    InferenceResult result = settled.result();
    out.collect(settled.answer());
    out.collect(settled.audit());
    metrics.settled(result, answered.getPrompt().getOrigin(), nowUs);
    failures.settled(result, answered.getPrompt().getOrigin(), nowUs);
    tracer.answered(answered, result, nowUs);
  }

  @Override
  public void close() {
    if (bounds != null) {
      bounds.close();
    }
    if (tracer != null) {
      tracer.close();
    }
  }
}
