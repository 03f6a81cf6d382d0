package org.openautoglm.operators.admission;

import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.openautoglm.operators.Epoch;
import org.openautoglm.operators.Refused;
import org.openautoglm.operators.StageMetrics;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.schemas.flow.Prompt;
import org.openautoglm.schemas.wire.Error;

/**
 * The admit stage: lets a request in with its deadline set, or refuses it at once. Stateless; later
 * home of authentication, roles, quotas and the answer cache.
 */
public final class AdmitFunction extends ProcessFunction<Prompt, Prompt> {
  private static final long serialVersionUID = 1L;

  private final List<ModelSpec> models;
  private transient Admission admission;
  private transient StageMetrics metrics;

  public AdmitFunction(List<ModelSpec> models) {
    this.models = List.copyOf(models);
  }

  @Override
  public void open(OpenContext context) {
    admission = new Admission(models);
    metrics = new StageMetrics(getRuntimeContext().getMetricGroup(), "admit");
  }

  @Override
  public void processElement(Prompt prompt, Context context, Collector<Prompt> out) {
    long startNs = System.nanoTime();
    metrics.in();
    long deadlineUs = Admission.deadlineUs(prompt);
    Optional<Error> refusal =
        admission.refusal(prompt, deadlineUs, deadlineUs == 0 ? 0 : Epoch.micros());
    if (refusal.isPresent()) {
      metrics.refused(refusal.get().getCode());
      context.output(Refused.TAG, Refused.of(prompt, refusal.get()));
      return;
    }
    long spentNs = System.nanoTime() - startNs;
    metrics.out();
    out.collect(prompt.toBuilder().setDeadlineUs(deadlineUs).setAdmitNs(spentNs).build());
  }
}
