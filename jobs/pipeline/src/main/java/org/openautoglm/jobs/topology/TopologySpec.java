package org.openautoglm.jobs.topology;

import java.util.List;
import org.openautoglm.operators.batching.BatchKeys;
import org.openautoglm.operators.batching.WindowConfig;
import org.openautoglm.operators.inference.FailureClassifier;
import org.openautoglm.operators.inference.ModelProvider;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.settlement.OutputBounds;
import org.openautoglm.operators.tracing.TracingSpec;
import org.openautoglm.schemas.request.RequestLimits;

/**
 * What the topology is built from, apart from its ends.
 *
 * @param models every model the job serves
 * @param provider where operators get them from
 * @param classifier says what an engine's failure means
 * @param requestLimits what a request may hold
 * @param maxBatchesInFlight batches that run at a time on a device of a process; 0: as many as it
 *     has lanes
 * @param outputs what the output topics take
 * @param rebalance whether prompts are handed in turn to all subtasks before they are decoded
 * @param tracing where the requests' spans go
 */
public record TopologySpec(
    List<ModelSpec> models,
    ModelProvider provider,
    FailureClassifier classifier,
    RequestLimits requestLimits,
    int maxBatchesInFlight,
    OutputBounds.Source outputs,
    boolean rebalance,
    TracingSpec tracing) {
  public TopologySpec {
    models = List.copyOf(models);
  }

  WindowConfig window(BatchKeys keys) {
    return new WindowConfig(models, provider, classifier, keys, maxBatchesInFlight);
  }
}
