package org.openautoglm.operators.conversion.decoder;

import static org.openautoglm.operators.conversion.decoder.Role.ATTENTION_NORM;
import static org.openautoglm.operators.conversion.decoder.Role.ATTENTION_OUTPUT;
import static org.openautoglm.operators.conversion.decoder.Role.DOWN;
import static org.openautoglm.operators.conversion.decoder.Role.EMBEDDING;
import static org.openautoglm.operators.conversion.decoder.Role.FINAL_NORM;
import static org.openautoglm.operators.conversion.decoder.Role.GATE;
import static org.openautoglm.operators.conversion.decoder.Role.HEAD;
import static org.openautoglm.operators.conversion.decoder.Role.KEY;
import static org.openautoglm.operators.conversion.decoder.Role.MLP_NORM;
import static org.openautoglm.operators.conversion.decoder.Role.QUERY;
import static org.openautoglm.operators.conversion.decoder.Role.UP;
import static org.openautoglm.operators.conversion.decoder.Role.VALUE;

import java.util.Set;
import org.openautoglm.operators.conversion.weights.CheckpointException;

/**
 * LLaMA 1 to 3 and all that is built like them: norms before attention and feed-forward part, a
 * gated feed-forward part, rotary positions. Touvron et al. 2023 (arXiv:2302.13971); names and
 * fields as in transformers' {@code LlamaForCausalLM}.
 */
final class Llama implements Family {

  @Override
  public Set<String> modelTypes() {
    return Set.of("llama");
  }

  @Override
  public Decoder describe(ModelConfig config) throws CheckpointException {
    return draft(config)
        .biases(config.flag("attention_bias", false), QUERY, KEY, VALUE, ATTENTION_OUTPUT)
        .biases(config.flag("mlp_bias", false), GATE, UP, DOWN)
        .build();
  }

  /** What the families that descend from LLaMA have in common. */
  static Decoder.Draft draft(ModelConfig config) throws CheckpointException {
    Dimensions dimensions = dimensions(config, 0);
    return Decoder.draft(dimensions, Rotary.of(config, dimensions.headWidth(), false, 1))
        .normEpsilon(config.number("rms_norm_eps", 1e-6))
        .activation(Activation.of(config))
        .tied(config.flag("tie_word_embeddings", false))
        .weight(EMBEDDING, "model.embed_tokens")
        .weight(ATTENTION_NORM, "model.layers.{i}.input_layernorm")
        .weight(QUERY, "model.layers.{i}.self_attn.q_proj")
        .weight(KEY, "model.layers.{i}.self_attn.k_proj")
        .weight(VALUE, "model.layers.{i}.self_attn.v_proj")
        .weight(ATTENTION_OUTPUT, "model.layers.{i}.self_attn.o_proj")
        .weight(MLP_NORM, "model.layers.{i}.post_attention_layernorm")
        .weight(GATE, "model.layers.{i}.mlp.gate_proj")
        .weight(UP, "model.layers.{i}.mlp.up_proj")
        .weight(DOWN, "model.layers.{i}.mlp.down_proj")
        .weight(FINAL_NORM, "model.norm")
        .weight(HEAD, "lm_head");
  }

  /**
   * Sizes by the names that most families use.
   *
   * @param headWidth what {@code head_dim} is where the file does not say so; 0: hidden / heads
   */
  static Dimensions dimensions(ModelConfig config, int headWidth) throws CheckpointException {
    int hidden = config.integer("hidden_size");
    int heads = config.integer("num_attention_heads");
    return new Dimensions(
        config.integer("num_hidden_layers"),
        hidden,
        config.integer("intermediate_size"),
        heads,
        config.integer("num_key_value_heads", heads),
        config.integer("head_dim", headWidth == 0 ? hidden / heads : headWidth),
        config.integer("vocab_size"));
  }
}
