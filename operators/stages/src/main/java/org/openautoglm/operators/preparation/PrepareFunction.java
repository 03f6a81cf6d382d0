package org.openautoglm.operators.preparation;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.IOUtils;
import org.openautoglm.operators.Refused;
import org.openautoglm.operators.StageMetrics;
import org.openautoglm.operators.batching.BatchKeys;
import org.openautoglm.operators.inference.ModelProvider;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.suspects.Suspects;
import org.openautoglm.schemas.flow.PreparedPrompt;
import org.openautoglm.schemas.flow.Prompt;
import org.openautoglm.schemas.wire.Error;

/**
 * The prepare stage: turns a request's inputs into rows of tokens as its model will see them, and
 * gives it the key of its window. Stateless; later home of instructions, user context and canary
 * routing.
 *
 * <p>Shards are dealt round robin, so that a model's load is even whatever its clients publish.
 */
public final class PrepareFunction extends ProcessFunction<Prompt, PreparedPrompt> {
  private static final long serialVersionUID = 1L;

  private final List<ModelSpec> models;
  private final ModelProvider provider;
  private final BatchKeys batchKeys;
  private transient Map<String, ModelSpec> byName;
  private transient Map<String, RowPreparer> preparers;
  private transient Map<String, Integer> nextShard;
  private transient StageMetrics metrics;
  private transient Suspects suspects;
  private transient Suspects.Step step;

  public PrepareFunction(List<ModelSpec> models, ModelProvider provider, BatchKeys batchKeys) {
    this.models = List.copyOf(models);
    this.provider = provider;
    this.batchKeys = batchKeys;
  }

  @Override
  public void open(OpenContext context) throws Exception {
    metrics = new StageMetrics(getRuntimeContext().getMetricGroup(), "prepare");
    suspects = Suspects.of(getRuntimeContext());
    step = suspects.step();
    byName = new HashMap<>();
    preparers = new HashMap<>();
    nextShard = new HashMap<>();
    int subtask = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
    for (ModelSpec model : models) {
      byName.put(model.name(), model);
      preparers.put(model.name(), provider.preparer(model));
      nextShard.put(model.name(), subtask % model.shards());
    }
  }

  @Override
  public void processElement(Prompt prompt, Context context, Collector<PreparedPrompt> out) {
    long startNs = System.nanoTime();
    metrics.in();
    ModelSpec model = byName.get(prompt.getRequest().getModelId());
    PreparedPrompt.Builder prepared = PreparedPrompt.newBuilder();
    Error error = addRows(prompt, preparers.get(model.name()), prepared);
    if (error != null) {
      metrics.refused(error.getCode());
      context.output(Refused.TAG, Refused.of(prompt, error));
      return;
    }
    prepared
        .setOrigin(prompt.getOrigin())
        .setRequest(Refused.withoutInputs(prompt.getRequest()))
        .setBatchKey(batchKeys.keyFor(model.name(), takeShard(model)))
        .setDeadlineUs(prompt.getDeadlineUs())
        .setDecodeNs(prompt.getDecodeNs())
        .setAdmitNs(prompt.getAdmitNs())
        .setPrepareNs(System.nanoTime() - startNs);
    metrics.out();
    out.collect(prepared.build());
  }

  private Error addRows(Prompt prompt, RowPreparer preparer, PreparedPrompt.Builder prepared) {
    step.begin(prompt.getOrigin().getSource());
    try {
      return Preparation.addRows(prompt, preparer, prepared);
    } catch (java.lang.Error e) {
      step.failed(e);
      throw e;
    } finally {
      step.end();
    }
  }

  private int takeShard(ModelSpec model) {
    if (model.shards() == 1) {
      return 0;
    }
    return nextShard.merge(model.name(), 1, (shard, one) -> (shard + one) % model.shards());
  }

  @Override
  public void close() throws Exception {
    if (suspects != null) {
      suspects.close();
    }
    if (preparers != null) {
      IOUtils.closeAll(preparers.values());
    }
  }
}
