package org.openautoglm.operators.conversion.decoder;

import static org.openautoglm.operators.conversion.decoder.Role.AFTER_ATTENTION_NORM;
import static org.openautoglm.operators.conversion.decoder.Role.AFTER_MLP_NORM;
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
 * GLM-4: gate and up in one weight, half of each head turned, in neighbouring pairs; from
 * GLM-4-0414 on, norms behind attention and feed-forward part too. GLM Team 2024
 * (arXiv:2406.12793); transformers' {@code GlmForCausalLM} and {@code Glm4ForCausalLM}.
 */
final class Glm4 implements Family {

  @Override
  public Set<String> modelTypes() {
    return Set.of("glm", "glm4");
  }

  @Override
  public Decoder describe(ModelConfig config) throws CheckpointException {
    Dimensions dimensions = Llama.dimensions(config, 128);
    Decoder.Draft draft =
        Decoder.draft(dimensions, Rotary.of(config, dimensions.headWidth(), true, 0.5))
            .normEpsilon(config.number("rms_norm_eps", 1.5625e-7))
            .activation(Activation.of(config))
            .tied(config.flag("tie_word_embeddings", false))
            .weight(EMBEDDING, "model.embed_tokens")
            .weight(ATTENTION_NORM, "model.layers.{i}.input_layernorm")
            .weight(QUERY, "model.layers.{i}.self_attn.q_proj")
            .weight(KEY, "model.layers.{i}.self_attn.k_proj")
            .weight(VALUE, "model.layers.{i}.self_attn.v_proj")
            .biases(config.flag("attention_bias", false), QUERY, KEY, VALUE)
            .weight(ATTENTION_OUTPUT, "model.layers.{i}.self_attn.o_proj")
            .weight(MLP_NORM, "model.layers.{i}.post_attention_layernorm")
            .fused("model.layers.{i}.mlp.gate_up_proj", GATE, UP)
            .weight(DOWN, "model.layers.{i}.mlp.down_proj")
            .weight(FINAL_NORM, "model.norm")
            .weight(HEAD, "lm_head");
    if (config.text("model_type", "").equals("glm4")) {
      draft
          .weight(AFTER_ATTENTION_NORM, "model.layers.{i}.post_self_attn_layernorm")
          .weight(AFTER_MLP_NORM, "model.layers.{i}.post_mlp_layernorm");
    }
    return draft.build();
  }
}
