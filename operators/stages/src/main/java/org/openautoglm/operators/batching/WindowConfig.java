package org.openautoglm.operators.batching;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import org.openautoglm.operators.inference.FailureClassifier;
import org.openautoglm.operators.inference.ModelProvider;
import org.openautoglm.operators.inference.ModelSpec;

/**
 * What the window operator needs to know.
 *
 * @param models every configured model, each with its batching and retry settings
 * @param provider where the engines come from
 * @param classifier what an engine's failure means
 * @param keys the keys under which prompts arrive; says which models a subtask loads when it opens
 * @param maxBatchesInFlight the most batches that run on a device at a time, of all subtasks of a
 *     process; 0: as many as it has lanes
 */
public record WindowConfig(
    List<ModelSpec> models,
    ModelProvider provider,
    FailureClassifier classifier,
    BatchKeys keys,
    int maxBatchesInFlight)
    implements Serializable {

  private static final long serialVersionUID = 1L;

  public WindowConfig {
    models = List.copyOf(models);
    Objects.requireNonNull(provider);
    Objects.requireNonNull(classifier);
    Objects.requireNonNull(keys);
    if (maxBatchesInFlight < 0) {
      throw new IllegalArgumentException(
          "maxBatchesInFlight must be 0 or more, not " + maxBatchesInFlight);
    }
  }
}
