package org.openautoglm.operators.conversion.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.openautoglm.operators.conversion.decoder.SafetensorsWriter.Values;

/**
 * Weights by chance for every name that a model of a configuration has in its checkpoint, small
 * enough for scores to stay in the tens.
 */
public final class RandomCheckpoint {
  private final JsonNode config;
  private final Random random;
  private final Map<String, Values> weights = new LinkedHashMap<>();

  private RandomCheckpoint(JsonNode config, long seed) {
    this.config = config;
    this.random = new Random(seed);
  }

  public static Map<String, Values> of(JsonNode config, long seed) {
    RandomCheckpoint checkpoint = new RandomCheckpoint(config, seed);
    if (config.get("model_type").asText().equals("chatglm")) {
      checkpoint.chatGlm();
    } else {
      checkpoint.llamaLike();
    }
    return checkpoint.weights;
  }

  private void llamaLike() {
    String type = config.get("model_type").asText();
    boolean glm = type.startsWith("glm");
    int hidden = config.get("hidden_size").asInt();
    int heads = config.get("num_attention_heads").asInt();
    int width = config.path("head_dim").asInt(hidden / heads);
    int groups = config.path("num_key_value_heads").asInt(heads);
    int inner = config.get("intermediate_size").asInt();
    boolean biased = type.equals("qwen2") || flag("attention_bias");
    matrix("model.embed_tokens", config.get("vocab_size").asInt(), hidden, false);
    for (int layer = 0; layer < config.get("num_hidden_layers").asInt(); layer++) {
      String at = "model.layers." + layer + ".";
      norm(at + "input_layernorm", hidden);
      norm(at + "post_attention_layernorm", hidden);
      matrix(at + "self_attn.q_proj", heads * width, hidden, biased);
      matrix(at + "self_attn.k_proj", groups * width, hidden, biased);
      matrix(at + "self_attn.v_proj", groups * width, hidden, biased);
      boolean outputBiased = flag("attention_bias") && !glm && !type.equals("qwen2");
      matrix(at + "self_attn.o_proj", hidden, heads * width, outputBiased);
      if (type.equals("qwen3")) {
        norm(at + "self_attn.q_norm", width);
        norm(at + "self_attn.k_norm", width);
      }
      if (type.equals("glm4")) {
        norm(at + "post_self_attn_layernorm", hidden);
        norm(at + "post_mlp_layernorm", hidden);
      }
      if (glm) {
        matrix(at + "mlp.gate_up_proj", 2 * inner, hidden, false);
      } else {
        matrix(at + "mlp.gate_proj", inner, hidden, flag("mlp_bias"));
        matrix(at + "mlp.up_proj", inner, hidden, flag("mlp_bias"));
      }
      matrix(at + "mlp.down_proj", hidden, inner, flag("mlp_bias"));
    }
    norm("model.norm", hidden);
    if (!flag("tie_word_embeddings")) {
      matrix("lm_head", config.get("vocab_size").asInt(), hidden, false);
    }
  }

  private void chatGlm() {
    int hidden = config.get("hidden_size").asInt();
    int heads = config.get("num_attention_heads").asInt();
    int width = config.get("kv_channels").asInt();
    int groups =
        flag("multi_query_attention") ? config.get("multi_query_group_num").asInt() : heads;
    int inner = config.get("ffn_hidden_size").asInt();
    int vocabulary = config.get("padded_vocab_size").asInt();
    boolean biased = flag("add_bias_linear");
    matrix("transformer.embedding.word_embeddings", vocabulary, hidden, false);
    for (int layer = 0; layer < config.get("num_layers").asInt(); layer++) {
      String at = "transformer.encoder.layers." + layer + ".";
      norm(at + "input_layernorm", hidden);
      norm(at + "post_attention_layernorm", hidden);
      matrix(
          at + "self_attention.query_key_value",
          (heads + 2 * groups) * width,
          hidden,
          biased || flag("add_qkv_bias"));
      matrix(at + "self_attention.dense", hidden, heads * width, biased);
      matrix(at + "mlp.dense_h_to_4h", 2 * inner, hidden, biased);
      matrix(at + "mlp.dense_4h_to_h", hidden, inner, biased);
    }
    if (config.path("post_layer_norm").asBoolean(true)) {
      norm("transformer.encoder.final_layernorm", hidden);
    }
    if (!flag("tie_word_embeddings")) {
      matrix("transformer.output_layer", vocabulary, hidden, false);
    }
  }

  private boolean flag(String name) {
    return config.path(name).asBoolean(false);
  }

  private void matrix(String module, int out, int in, boolean biased) {
    float[] numbers = new float[out * in];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) (random.nextGaussian() / Math.sqrt(in));
    }
    weights.put(module + ".weight", new Values(new long[] {out, in}, numbers));
    if (biased) {
      float[] bias = new float[out];
      for (int i = 0; i < out; i++) {
        bias[i] = (float) random.nextGaussian() / 2;
      }
      weights.put(module + ".bias", new Values(new long[] {out}, bias));
    }
  }

  private void norm(String module, int width) {
    float[] factors = new float[width];
    for (int i = 0; i < width; i++) {
      factors[i] = 1 + (float) random.nextGaussian() / 4;
    }
    weights.put(module + ".weight", new Values(new long[] {width}, factors));
  }
}
