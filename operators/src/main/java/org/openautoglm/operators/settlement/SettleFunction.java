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

  private final int maxResultBytes;
  private final TracingSpec tracing;
  private transient OutputRecords records;
  private transient SettleMetrics metrics;
  private transient FailureLog failures;
  private transient RequestTracer tracer;

  /**
   * Settles within a size.
   *
   * @param maxResultBytes the largest record written, in bytes; a larger result becomes an error
   * @param tracing where the requests' spans go
   */
  public SettleFunction(int maxResultBytes, TracingSpec tracing) {
    this.maxResultBytes = maxResultBytes;
    this.tracing = tracing;
  }

  @Override
  public void open(OpenContext context) {
    records = new OutputRecords(maxResultBytes);
    metrics = new SettleMetrics(getRuntimeContext().getMetricGroup());
    failures = new FailureLog(getRuntimeContext().getTaskInfo().getTaskNameWithSubtasks());
    tracer = RequestTracer.open(tracing, metrics.group());
  }

  @Override
  public void flatMap(AnsweredPrompt answered, Collector<OutputRecord> out) {
    long startNs = System.nanoTime();
    long nowUs = Epoch.micros();
    InferenceResult result = Settlement.result(answered, nowUs);
    OutputRecord record = records.result(result, answered.getPrompt().getOrigin());
    if (record.value().length > maxResultBytes) {
      result = records.tooLarge(result, record.value().length);
      record = records.result(result, answered.getPrompt().getOrigin());
    }
    out.collect(record);
    out.collect(records.audit(Auditing.event(answered, result, nowUs, startNs)));
    metrics.settled(result, answered.getPrompt().getOrigin(), nowUs);
    failures.settled(result, answered.getPrompt().getOrigin(), nowUs);
    tracer.answered(answered, result, nowUs);
  }

  @Override
  public void close() {
    if (tracer != null) {
      tracer.close();
    }
  }
}
