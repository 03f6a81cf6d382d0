package org.openautoglm.operators.settlement;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.util.Collector;
import org.openautoglm.operators.Epoch;
import org.openautoglm.operators.tracing.RequestTracer;
import org.openautoglm.operators.tracing.TracingSpec;
import org.openautoglm.schemas.flow.OutputRecord;
import org.openautoglm.schemas.flow.Refusal;
import org.openautoglm.schemas.wire.AuditEvent;
import org.openautoglm.schemas.wire.InferenceResult;

/**
 * The settle stage of refused prompts: an error result or a dead letter, and one audit event.
 * Stateless.
 */
public final class RefuseFunction extends RichFlatMapFunction<Refusal, OutputRecord> {
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
   * @param source what the topics take; a larger dead letter or audit event is cut, and says so
   * @param tracing where the requests' spans go
   */
  public RefuseFunction(OutputBounds.Source source, TracingSpec tracing) {
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
  public void flatMap(Refusal refusal, Collector<OutputRecord> out) {
    long startNs = System.nanoTime();
    long nowUs = Epoch.micros();
    if (refusal.hasDeadLetter()) {
      out.collect(records.deadLetter(refusal));
      metrics.deadLetter(refusal.getError());
    } else {
      OutputRecords.Answer answer =
          records.answer(Settlement.result(refusal, nowUs), refusal.getOrigin());
      InferenceResult result = answer.result();
      out.collect(answer.record());
      metrics.settled(result, refusal.getOrigin(), nowUs);
      failures.settled(result, refusal.getOrigin(), nowUs);
    }
    AuditEvent event = Auditing.event(refusal, nowUs, startNs);
    out.collect(records.audit(event));
    tracer.refused(refusal, nowUs);
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
