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
 * ChatGLM2 and 3, and GLM-4 as it was first published: query, key and value in one weight, gate and
 * up in another, half of each head turned, in neighbouring pairs. Fields and names as in the
 * models' own {@code modeling_chatglm.py}.
 */
final class ChatGlm3 implements Family {
  private static final String LAYER = "transformer.encoder.layers.{i}.";
  private static final String FUSED = LAYER + "self_attention.query_key_value";
  private static final double ROTARY_BASE = 10_000;

  @Override
  public Set<String> modelTypes() {
    return Set.of("chatglm");
  }

  @Override
  public Decoder describe(ModelConfig config) throws CheckpointException {
    if (!config.flag("rmsnorm", true)) {
      throw config.bad("rmsnorm", "is false; only models with RMSNorm are converted");
    }
    boolean grouped = config.flag("multi_query_attention", false);
    boolean biases = config.flag("add_bias_linear", false);
    Dimensions dimensions = dimensions(config, grouped);
    Decoder.Draft draft =
        Decoder.draft(dimensions, rotary(config, dimensions.headWidth()))
            .normEpsilon(config.number("layernorm_epsilon", 1e-5))
            .tied(config.flag("tie_word_embeddings", false))
            .residualFromNorm(config.flag("apply_residual_connection_post_layernorm", false))
            .weight(EMBEDDING, "transformer.embedding.word_embeddings")
            .weight(ATTENTION_NORM, LAYER + "input_layernorm")
            .weight(ATTENTION_OUTPUT, LAYER + "self_attention.dense")
            .weight(MLP_NORM, LAYER + "post_attention_layernorm")
            .fused(LAYER + "mlp.dense_h_to_4h", GATE, UP)
            .weight(DOWN, LAYER + "mlp.dense_4h_to_h")
            .weight(HEAD, "transformer.output_layer");
    if (grouped) {
      draft.fused(FUSED, QUERY, KEY, VALUE);
    } else {
      draft.fusedByHead(FUSED, QUERY, KEY, VALUE);
    }
    if (config.flag("post_layer_norm", true)) {
      draft.weight(FINAL_NORM, "transformer.encoder.final_layernorm");
    }
    return draft
        .biases(biases || config.flag("add_qkv_bias", false), QUERY, KEY, VALUE)
        .biases(biases, ATTENTION_OUTPUT, GATE, UP, DOWN)
        .build();
  }

  private static Dimensions dimensions(ModelConfig config, boolean grouped)
      throws CheckpointException {
    int hidden = config.integer("hidden_size");
    int heads = config.integer("num_attention_heads");
    return new Dimensions(
        config.has("num_layers")
            ? config.integer("num_layers")
            : config.integer("num_hidden_layers"),
        hidden,
        config.integer("ffn_hidden_size"),
        heads,
        grouped ? config.integer("multi_query_group_num", 1) : heads,
        config.integer("kv_channels", hidden / heads),
        config.has("padded_vocab_size")
            ? config.integer("padded_vocab_size")
            : config.integer("vocab_size"));
  }

  private static Rotary rotary(ModelConfig config, int headWidth) throws CheckpointException {
    return Rotary.plain(
        config,
        ROTARY_BASE * config.number("rope_ratio", 1),
        headWidth / 2,
        true,
        config.integer("seq_length", 2048));
  }
}
