package org.openautoglm.operators.settlement;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.util.Collector;
import org.openautoglm.operators.Epoch;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.OutputRecord;
import org.openautoglm.schemas.wire.InferenceResult;

/** The settle stage of answered requests: one result and one audit event for each. Stateless. */
public final class SettleFunction extends RichFlatMapFunction<AnsweredPrompt, OutputRecord> {
  private static final long serialVersionUID = 1L;

  private final int maxResultBytes;
  private transient OutputRecords records;
  private transient SettleMetrics metrics;

  /**
   * Settles within a size.
   *
   * @param maxResultBytes the largest record written, in bytes; a larger result becomes an error
   */
  public SettleFunction(int maxResultBytes) {
    this.maxResultBytes = maxResultBytes;
  }

  @Override
  public void open(OpenContext context) {
    records = new OutputRecords(maxResultBytes);
    metrics = new SettleMetrics(getRuntimeContext().getMetricGroup());
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
  }
}
