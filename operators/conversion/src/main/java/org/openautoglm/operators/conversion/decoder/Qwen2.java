package org.openautoglm.operators.conversion.decoder;

import static org.openautoglm.operators.conversion.decoder.Role.KEY;
import static org.openautoglm.operators.conversion.decoder.Role.QUERY;
import static org.openautoglm.operators.conversion.decoder.Role.VALUE;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.openautoglm.operators.conversion.weights.CheckpointException;

/**
 * Qwen2 and 2.5: LLaMA with biases on query, key and value, and windows in the upper layers if
 * asked for. Yang et al. 2024 (arXiv:2407.10671); transformers' {@code Qwen2ForCausalLM}.
 */
final class Qwen2 implements Family {

  @Override
  public Set<String> modelTypes() {
    return Set.of("qwen2");
  }

  @Override
  public Decoder describe(ModelConfig config) throws CheckpointException {
    return Llama.draft(config).biases(true, QUERY, KEY, VALUE).windows(windows(config)).build();
  }

  /** {@code layer_types} says which layers have the window; without it, those from a number on. */
  static List<Integer> windows(ModelConfig config) throws CheckpointException {
    int layers = config.integer("num_hidden_layers");
    int window = config.flag("use_sliding_window", false) ? config.integer("sliding_window", 0) : 0;
    List<String> types = config.texts("layer_types");
    if (!types.isEmpty() && types.size() != layers) {
      throw config.bad("layer_types", "has " + types.size() + " entries for " + layers + " layers");
    }
    int from = config.has("max_window_layers") ? config.count("max_window_layers") : layers;
    List<Integer> windows = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      boolean limited =
          types.isEmpty() ? layer >= from : types.get(layer).equals("sliding_attention");
      windows.add(limited ? window : 0);
    }
    return windows;
  }
}
