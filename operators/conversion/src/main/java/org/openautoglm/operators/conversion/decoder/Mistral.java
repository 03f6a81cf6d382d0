package org.openautoglm.operators.conversion.decoder;

import java.util.Collections;
import java.util.Set;
import org.openautoglm.operators.conversion.weights.CheckpointException;

/**
 * Mistral: LLaMA without biases, of which some versions look back through a window only. Jiang et
 * al. 2023 (arXiv:2310.06825); transformers' {@code MistralForCausalLM}.
 */
final class Mistral implements Family {

  @Override
  public Set<String> modelTypes() {
    return Set.of("mistral");
  }

  @Override
  public Decoder describe(ModelConfig config) throws CheckpointException {
    int window = config.integer("sliding_window", 0);
    return Llama.draft(config)
        .windows(Collections.nCopies(config.integer("num_hidden_layers"), window))
        .build();
  }
}
