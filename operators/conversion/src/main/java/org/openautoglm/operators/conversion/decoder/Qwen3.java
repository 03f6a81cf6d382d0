package org.openautoglm.operators.conversion.decoder;

import static org.openautoglm.operators.conversion.decoder.Role.ATTENTION_OUTPUT;
import static org.openautoglm.operators.conversion.decoder.Role.KEY;
import static org.openautoglm.operators.conversion.decoder.Role.KEY_NORM;
import static org.openautoglm.operators.conversion.decoder.Role.QUERY;
import static org.openautoglm.operators.conversion.decoder.Role.QUERY_NORM;
import static org.openautoglm.operators.conversion.decoder.Role.VALUE;

import java.util.Set;
import org.openautoglm.operators.conversion.weights.CheckpointException;

/**
 * Qwen3: LLaMA with a norm on each head of query and key before they are turned. Yang et al. 2025
 * (arXiv:2505.09388); transformers' {@code Qwen3ForCausalLM}.
 */
final class Qwen3 implements Family {

  @Override
  public Set<String> modelTypes() {
    return Set.of("qwen3");
  }

  @Override
  public Decoder describe(ModelConfig config) throws CheckpointException {
    return Llama.draft(config)
        .weight(QUERY_NORM, "model.layers.{i}.self_attn.q_norm")
        .weight(KEY_NORM, "model.layers.{i}.self_attn.k_norm")
        .biases(config.flag("attention_bias", false), QUERY, KEY, VALUE, ATTENTION_OUTPUT)
        .windows(Qwen2.windows(config))
        .build();
  }
}
