package org.openautoglm.operators.decode;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.openautoglm.operators.Epoch;
import org.openautoglm.operators.Refused;
import org.openautoglm.operators.StageMetrics;
import org.openautoglm.operators.suspects.Suspects;
import org.openautoglm.schemas.decode.Decoded;
import org.openautoglm.schemas.decode.PromptDecoder;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.Origin;
import org.openautoglm.schemas.flow.Prompt;
import org.openautoglm.schemas.flow.PromptRecord;
import org.openautoglm.schemas.flow.Refusal;
import org.openautoglm.schemas.request.RequestLimits;

/**
 * The decode stage: makes requests of records. What is no request, or breaks the contract, leaves
 * through {@link Refused#TAG}; no bytes make it throw. A record that has ended the process more
 * than once is a dead letter, see {@link Suspects}. Stateless; what it may say of a record is
 * written at {@link PromptDecoder}.
 */
public final class DecodeFunction extends ProcessFunction<PromptRecord, Prompt> {
  private static final long serialVersionUID = 1L;

  private final RequestLimits limits;
  private transient PromptDecoder decoder;
  private transient StageMetrics metrics;
  private transient Suspects suspects;
  private transient Suspects.Step step;
  private transient Counter bytesIn;
  private transient Counter deadLetters;

  public DecodeFunction(RequestLimits limits) {
    this.limits = limits;
  }

  @Override
  public void open(OpenContext context) {
    decoder = new PromptDecoder(limits, System::nanoTime);
    suspects = Suspects.of(getRuntimeContext());
    step = suspects.step();
    metrics = new StageMetrics(getRuntimeContext().getMetricGroup(), "decode");
    bytesIn = metrics.counter("bytesIn");
    deadLetters = metrics.counter("deadLetters");
  }

  @Override
  public void processElement(PromptRecord record, Context context, Collector<Prompt> out) {
    metrics.in();
    bytesIn.inc(record.getValue().size());
    if (suspects.convicts(record.getSource())) {
      refuse(setAside(record), context);
      return;
    }
    Decoded decoded = decode(record);
    if (decoded instanceof Decoded.Accepted accepted) {
      metrics.out();
      out.collect(accepted.prompt());
    } else if (decoded instanceof Decoded.Refused refused) {
      refuse(refused.refusal(), context);
    }
  }

  private Decoded decode(PromptRecord record) {
    step.begin(record.getSource());
    try {
      return decoder.decode(record, Epoch.micros());
    } catch (Error e) {
      step.failed(e);
      throw e;
    } finally {
      step.end();
    }
  }

  /** A record that has ended the process more than once: what it does to decode nobody asks. */
  private static Refusal setAside(PromptRecord record) {
    Origin.Builder origin =
        Origin.newBuilder().setSource(record.getSource()).setReceivedUs(Epoch.micros());
    return Refusal.newBuilder()
        .setOrigin(origin)
        .setError(FailureCode.INTERNAL.error(Suspects.VERDICT))
        .setDeadLetter(record)
        .build();
  }

  private void refuse(Refusal refusal, Context context) {
    metrics.refused(refusal.getError().getCode());
    if (refusal.hasDeadLetter()) {
      deadLetters.inc();
    }
    context.output(Refused.TAG, refusal);
  }

  @Override
  public void close() {
    if (suspects != null) {
      suspects.close();
    }
  }
}
