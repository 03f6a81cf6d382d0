package org.openautoglm.operators.conversion.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import org.openautoglm.operators.conversion.decoder.SafetensorsWriter.Values;

/**
 * Decoders as their papers and their first implementations describe them, in plain loops and double
 * precision: every token is computed anew from the first one, without a cache. It shares no code
 * with the conversion, and reads {@code config.json} by itself.
 */
final class ReferenceDecoder {
  private final JsonNode config;
  private final Map<String, Values> weights;
  private final boolean chatGlm;
  private final int layers;
  private final int hidden;
  private final int heads;
  private final int groups;
  private final int width;
  private final double epsilon;

  ReferenceDecoder(JsonNode config, Map<String, Values> weights) {
    this.config = config;
    this.weights = weights;
    this.chatGlm = type().equals("chatglm");
    this.layers = config.get(chatGlm ? "num_layers" : "num_hidden_layers").asInt();
    this.hidden = config.get("hidden_size").asInt();
    this.heads = config.get("num_attention_heads").asInt();
    this.groups =
        chatGlm
            ? (flag("multi_query_attention") ? config.get("multi_query_group_num").asInt() : heads)
            : config.path("num_key_value_heads").asInt(heads);
    this.width =
        chatGlm ? config.get("kv_channels").asInt() : config.path("head_dim").asInt(hidden / heads);
    this.epsilon = config.get(chatGlm ? "layernorm_epsilon" : "rms_norm_eps").asDouble();
  }

  private String type() {
    return config.get("model_type").asText();
  }

  private boolean flag(String name) {
    return config.path(name).asBoolean(false);
  }

  /** The scores after every token. */
  double[][] logits(int[] tokens) {
    double[][] x = new double[tokens.length][hidden];
    String table =
        chatGlm ? "transformer.embedding.word_embeddings.weight" : "model.embed_tokens.weight";
    for (int t = 0; t < tokens.length; t++) {
      for (int i = 0; i < hidden; i++) {
        x[t][i] = weights.get(table).numbers()[tokens[t] * hidden + i];
      }
    }
    for (int layer = 0; layer < layers; layer++) {
      x = chatGlm ? chatGlmLayer(x, layer) : layer(x, layer);
    }
    if (!chatGlm) {
      x = norm(x, "model.norm");
    } else if (config.path("post_layer_norm").asBoolean(true)) {
      x = norm(x, "transformer.encoder.final_layernorm");
    }
    String head = chatGlm ? "transformer.output_layer.weight" : "lm_head.weight";
    return product(x, weights.get(flag("tie_word_embeddings") ? table : head), null);
  }

  private double[][] layer(double[][] x, int layer) {
    String at = "model.layers." + layer + ".";
    double[][] normed = norm(x, at + "input_layernorm");
    double[][] q = linear(normed, at + "self_attn.q_proj");
    double[][] k = linear(normed, at + "self_attn.k_proj");
    double[][] v = linear(normed, at + "self_attn.v_proj");
    if (type().equals("qwen3")) {
      headNorm(q, heads, at + "self_attn.q_norm");
      headNorm(k, groups, at + "self_attn.k_norm");
    }
    double[][] attended = linear(attention(q, k, v, window(layer)), at + "self_attn.o_proj");
    if (type().equals("glm4")) {
      attended = norm(attended, at + "post_self_attn_layernorm");
    }
    x = sum(x, attended);
    normed = norm(x, at + "post_attention_layernorm");
    double[][] fed;
    if (type().startsWith("glm")) {
      double[][] both = linear(normed, at + "mlp.gate_up_proj");
      fed = linear(gated(both, 0, both, both[0].length / 2), at + "mlp.down_proj");
    } else {
      double[][] gate = linear(normed, at + "mlp.gate_proj");
      fed = linear(gated(gate, 0, linear(normed, at + "mlp.up_proj"), 0), at + "mlp.down_proj");
    }
    if (type().equals("glm4")) {
      fed = norm(fed, at + "post_mlp_layernorm");
    }
    return sum(x, fed);
  }

  private double[][] chatGlmLayer(double[][] x, int layer) {
    String at = "transformer.encoder.layers." + layer + ".";
    double[][] normed = norm(x, at + "input_layernorm");
    double[][] mixed = linear(normed, at + "self_attention.query_key_value");
    double[][] q = new double[x.length][heads * width];
    double[][] k = new double[x.length][groups * width];
    double[][] v = new double[x.length][groups * width];
    for (int t = 0; t < x.length; t++) {
      if (flag("multi_query_attention")) {
        System.arraycopy(mixed[t], 0, q[t], 0, heads * width);
        System.arraycopy(mixed[t], heads * width, k[t], 0, groups * width);
        System.arraycopy(mixed[t], (heads + groups) * width, v[t], 0, groups * width);
      } else {
        for (int head = 0; head < heads; head++) {
          System.arraycopy(mixed[t], 3 * head * width, q[t], head * width, width);
          System.arraycopy(mixed[t], (3 * head + 1) * width, k[t], head * width, width);
          System.arraycopy(mixed[t], (3 * head + 2) * width, v[t], head * width, width);
        }
      }
    }
    boolean fromNorm = flag("apply_residual_connection_post_layernorm");
    x = sum(fromNorm ? normed : x, linear(attention(q, k, v, 0), at + "self_attention.dense"));
    normed = norm(x, at + "post_attention_layernorm");
    double[][] both = linear(normed, at + "mlp.dense_h_to_4h");
    return sum(
        fromNorm ? normed : x,
        linear(gated(both, 0, both, both[0].length / 2), at + "mlp.dense_4h_to_h"));
  }

  private int window(int layer) {
    if (type().equals("mistral")) {
      return config.path("sliding_window").asInt(0);
    }
    if (!flag("use_sliding_window")) {
      return 0;
    }
    boolean limited =
        config.has("layer_types")
            ? config.get("layer_types").get(layer).asText().equals("sliding_attention")
            : layer >= config.get("max_window_layers").asInt();
    return limited ? config.get("sliding_window").asInt() : 0;
  }

  private double[][] attention(double[][] q, double[][] k, double[][] v, int window) {
    turn(q, heads);
    turn(k, groups);
    double[][] out = new double[q.length][heads * width];
    for (int t = 0; t < q.length; t++) {
      int first = window == 0 ? 0 : Math.max(0, t - window + 1);
      for (int head = 0; head < heads; head++) {
        int group = head / (heads / groups);
        double[] scores = new double[t + 1];
        double most = Double.NEGATIVE_INFINITY;
        for (int s = first; s <= t; s++) {
          for (int i = 0; i < width; i++) {
            scores[s] += q[t][head * width + i] * k[s][group * width + i];
          }
          scores[s] /= Math.sqrt(width);
          most = Math.max(most, scores[s]);
        }
        double total = 0;
        for (int s = first; s <= t; s++) {
          scores[s] = Math.exp(scores[s] - most);
          total += scores[s];
        }
        for (int s = first; s <= t; s++) {
          for (int i = 0; i < width; i++) {
            out[t][head * width + i] += scores[s] / total * v[s][group * width + i];
          }
        }
      }
    }
    return out;
  }

  private void turn(double[][] x, int count) {
    boolean neighbours = chatGlm || type().startsWith("glm");
    ReferenceRope rope = new ReferenceRope(config, width);
    for (int t = 0; t < x.length; t++) {
      for (int head = 0; head < count; head++) {
        for (int pair = 0; pair < rope.pairs(); pair++) {
          int a = head * width + (neighbours ? 2 * pair : pair);
          int b = neighbours ? a + 1 : a + rope.pairs();
          double cos = Math.cos(t * rope.frequency(pair)) * rope.scale();
          double sin = Math.sin(t * rope.frequency(pair)) * rope.scale();
          double first = x[t][a];
          x[t][a] = first * cos - x[t][b] * sin;
          x[t][b] = x[t][b] * cos + first * sin;
        }
      }
    }
  }

  private double[][] gated(double[][] gate, int gateFrom, double[][] up, int upFrom) {
    int count = gate[0].length / (gate == up ? 2 : 1);
    DoubleUnaryOperator activation =
        switch (config.path("hidden_act").asText("silu")) {
          case "gelu_pytorch_tanh" ->
              z -> z / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z * z * z)));
          case "relu" -> z -> Math.max(z, 0);
          default -> z -> z / (1 + Math.exp(-z));
        };
    double[][] out = new double[gate.length][count];
    for (int t = 0; t < gate.length; t++) {
      for (int i = 0; i < count; i++) {
        out[t][i] = activation.applyAsDouble(gate[t][gateFrom + i]) * up[t][upFrom + i];
      }
    }
    return out;
  }

  private double[][] norm(double[][] x, String module) {
    float[] weight = weights.get(module + ".weight").numbers();
    double[][] out = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      out[t] = normed(x[t], 0, x[t].length, weight);
    }
    return out;
  }

  private void headNorm(double[][] x, int count, String module) {
    float[] weight = weights.get(module + ".weight").numbers();
    for (double[] row : x) {
      for (int head = 0; head < count; head++) {
        System.arraycopy(normed(row, head * width, width, weight), 0, row, head * width, width);
      }
    }
  }

  private double[] normed(double[] row, int from, int count, float[] weight) {
    double squares = 0;
    for (int i = from; i < from + count; i++) {
      squares += row[i] * row[i];
    }
    double[] out = new double[count];
    for (int i = 0; i < count; i++) {
      out[i] = row[from + i] / Math.sqrt(squares / count + epsilon) * weight[i];
    }
    return out;
  }

  private double[][] linear(double[][] x, String module) {
    return product(x, weights.get(module + ".weight"), weights.get(module + ".bias"));
  }

  private static double[][] product(double[][] x, Values weight, Values bias) {
    int out = (int) weight.shape()[0];
    int in = (int) weight.shape()[1];
    double[][] y = new double[x.length][out];
    for (int t = 0; t < x.length; t++) {
      for (int o = 0; o < out; o++) {
        y[t][o] = bias == null ? 0 : bias.numbers()[o];
        for (int i = 0; i < in; i++) {
          y[t][o] += x[t][i] * weight.numbers()[o * in + i];
        }
      }
    }
    return y;
  }

  private static double[][] sum(double[][] a, double[][] b) {
    double[][] out = new double[a.length][a[0].length];
    for (int t = 0; t < a.length; t++) {
      for (int i = 0; i < a[t].length; i++) {
        out[t][i] = a[t][i] + b[t][i];
      }
    }
    return out;
  }
}
