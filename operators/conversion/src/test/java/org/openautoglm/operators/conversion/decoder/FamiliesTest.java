package org.openautoglm.operators.conversion.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.openautoglm.operators.conversion.decoder.SafetensorsWriter.Values;
import org.openautoglm.operators.conversion.graph.Progress;
import org.openautoglm.operators.conversion.testing.DecoderRun;

/**
 * Every family, with each quirk of its configuration switched on and off, against {@link
 * ReferenceDecoder}: two rows of different length prefilled together, then decoded.
 */
class FamiliesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double DIFFERENCE_MAX = 1e-4;
  private static final double COSINE_MIN = 0.99;
  private static final int CAPACITY = 48;
  private static final int STEPS = 10;
  private static final int[][] PROMPTS = {
    {3, 17, 90, 41, 5, 66, 2, 38, 71, 12, 54, 8, 29}, {44, 9, 81, 23, 60}
  };

  private static final String LLAMA =
      """
      {"model_type": "llama", "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2,
       "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 97,
       "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "hidden_act": "silu"}""";
  private static final String CHATGLM =
      """
      {"model_type": "chatglm", "hidden_size": 64, "ffn_hidden_size": 80, "num_layers": 2,
       "num_attention_heads": 2, "multi_query_attention": true, "multi_query_group_num": 1,
       "kv_channels": 32, "padded_vocab_size": 97, "seq_length": 64, "layernorm_epsilon": 1e-5,
       "add_qkv_bias": true, "rmsnorm": true, "post_layer_norm": true}""";
  private static final String LLAMA3 =
      """
      "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
       "high_freq_factor": 4.0, "original_max_position_embeddings": 32}""";
  private static final String YARN =
      """
      "rope_scaling": {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": %s}""";

  @TempDir Path folder;

  static Stream<Arguments> configurations() {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("llama", of(LLAMA));
    all.put("llama, no groups", of(LLAMA, "\"num_key_value_heads\": null"));
    all.put("llama, tied", of(LLAMA, "\"tie_word_embeddings\": true"));
    all.put("llama, attention biases", of(LLAMA, "\"attention_bias\": true"));
    all.put("llama, feed-forward biases", of(LLAMA, "\"mlp_bias\": true"));
    all.put("llama, wide heads", of(LLAMA, "\"head_dim\": 32"));
    all.put("llama, another base", of(LLAMA, "\"rope_theta\": 1000000.0"));
    all.put("llama, gelu", of(LLAMA, "\"hidden_act\": \"gelu_pytorch_tanh\""));
    all.put("llama, relu", of(LLAMA, "\"hidden_act\": \"relu\""));
    all.put("llama, heads that the kernel does not turn", of(LLAMA, "\"head_dim\": 24"));
    all.put("llama, odd part of heads", of(LLAMA, "\"partial_rotary_factor\": 0.75"));
    all.put(
        "llama, linear scaling",
        of(LLAMA, "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2.5}"));
    all.put(
        "llama, dynamic scaling within its positions",
        of(LLAMA, "\"rope_scaling\": {\"rope_type\": \"dynamic\", \"factor\": 4.0}"));
    all.put("llama, llama3 scaling", of(LLAMA, LLAMA3));
    all.put("llama, yarn", of(LLAMA, YARN.formatted("16")));
    all.put(
        "llama, yarn with factors",
        of(
            LLAMA,
            YARN.formatted(
                "4096, \"beta_fast\": 16, \"beta_slow\": 2, \"attention_factor\": 1.3,"
                    + " \"truncate\": false")));
    all.put(
        "llama, rope_parameters",
        of(
            LLAMA,
            "\"rope_parameters\": {\"rope_type\": \"linear\", \"factor\": 2.0,"
                + " \"rope_theta\": 500.0}"));
    all.put("mistral", of(LLAMA, "\"model_type\": \"mistral\", \"sliding_window\": null"));
    all.put("mistral, window", of(LLAMA, "\"model_type\": \"mistral\", \"sliding_window\": 6"));
    String qwen2 = of(LLAMA, "\"model_type\": \"qwen2\", \"sliding_window\": 5");
    all.put("qwen2", qwen2);
    all.put("qwen2, tied", of(qwen2, "\"tie_word_embeddings\": true"));
    all.put(
        "qwen2, window above a layer",
        of(qwen2, "\"use_sliding_window\": true, \"max_window_layers\": 1"));
    all.put(
        "qwen2, window by layer",
        of(
            qwen2,
            "\"use_sliding_window\": true,"
                + " \"layer_types\": [\"sliding_attention\", \"full_attention\"]"));
    String qwen3 = of(LLAMA, "\"model_type\": \"qwen3\", \"head_dim\": 32");
    all.put("qwen3", qwen3);
    all.put("qwen3, attention biases", of(qwen3, "\"attention_bias\": true"));
    all.put("qwen3, tied", of(qwen3, "\"tie_word_embeddings\": true"));
    all.put("qwen3, yarn", of(qwen3, YARN.formatted("16")));
    for (String type : new String[] {"glm", "glm4"}) {
      String glm = of(LLAMA, "\"model_type\": \"%s\", \"head_dim\": 32".formatted(type));
      all.put(type, glm);
      all.put(type + ", attention biases", of(glm, "\"attention_bias\": true"));
      all.put(type + ", whole heads turned", of(glm, "\"partial_rotary_factor\": 1.0"));
      all.put(type + ", tied", of(glm, "\"tie_word_embeddings\": true"));
      all.put(type + ", heads that the kernel does not turn", of(glm, "\"head_dim\": 24"));
    }
    all.put("chatglm", CHATGLM);
    all.put("chatglm, no groups", of(CHATGLM, "\"multi_query_attention\": false"));
    all.put("chatglm, no biases", of(CHATGLM, "\"add_qkv_bias\": false"));
    all.put("chatglm, all biases", of(CHATGLM, "\"add_bias_linear\": true"));
    all.put(
        "chatglm, all biases, no groups",
        of(CHATGLM, "\"add_bias_linear\": true, \"multi_query_attention\": false"));
    all.put("chatglm, rope ratio", of(CHATGLM, "\"rope_ratio\": 50"));
    all.put(
        "chatglm, residual from the norm",
        of(CHATGLM, "\"apply_residual_connection_post_layernorm\": true"));
    all.put("chatglm, no last norm", of(CHATGLM, "\"post_layer_norm\": false"));
    all.put("chatglm, tied", of(CHATGLM, "\"tie_word_embeddings\": true"));
    return all.entrySet().stream().map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("configurations")
  void agreesWithTheReference(String name, String config) throws Exception {
    ReferenceDecoder reference = checkpoint(name, config);
    Path graph = converted(WeightFormat.FP32);
    int[][] texts = {PROMPTS[0], PROMPTS[1]};
    try (DecoderRun run = new DecoderRun(graph, texts.length, CAPACITY)) {
      float[][][] scores = run.prefill(texts);
      for (int row = 0; row < texts.length; row++) {
        double[][] expected = reference.logits(texts[row]);
        for (int position = 0; position < texts[row].length; position++) {
          assertClose(scores[row][position], expected[position]);
        }
      }
      for (int step = 0; step < STEPS; step++) {
        int[] next = new int[texts.length];
        for (int row = 0; row < texts.length; row++) {
          next[row] = (31 * step + 7 * row + 11) % 97;
          texts[row] = Arrays.copyOf(texts[row], texts[row].length + 1);
          texts[row][texts[row].length - 1] = next[row];
        }
        float[][] stepped = run.step(next);
        for (int row = 0; row < texts.length; row++) {
          double[][] expected = reference.logits(texts[row]);
          assertClose(stepped[row], expected[expected.length - 1]);
        }
      }
    }
  }

  /** Every part of every family has its place in whole rows too, its biases and fused weights. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("configurations")
  void inWholeRowsIsNearTheReference(String name, String config) throws Exception {
    ReferenceDecoder reference = checkpoint(name, config);
    Path graph = converted(WeightFormat.INT8_ROWS);
    try (DecoderRun run = new DecoderRun(graph, 2, CAPACITY)) {
      float[][][] scores = run.prefill(PROMPTS);
      for (int row = 0; row < PROMPTS.length; row++) {
        double[][] expected = reference.logits(PROMPTS[row]);
        for (int position = 0; position < PROMPTS[row].length; position++) {
          assertThat(WeightFormatsTest.cosine(scores[row][position], expected[position]))
              .isGreaterThan(COSINE_MIN);
        }
      }
    }
  }

  /** Writes a checkpoint of random weights; returns what it computes. */
  private ReferenceDecoder checkpoint(String name, String config) throws IOException {
    JsonNode parsed = JSON.readTree(config);
    Map<String, Values> weights = RandomCheckpoint.of(parsed, name.hashCode());
    Files.writeString(folder.resolve("config.json"), config);
    SafetensorsWriter.write(folder, weights, "F32");
    return new ReferenceDecoder(parsed, weights);
  }

  private Path converted(WeightFormat format) throws Exception {
    Path target = Files.createDirectory(folder.resolve("converted"));
    DecoderConversion.convert(folder, target, format, Map.of(), Progress.SILENT);
    return target.resolve("model.onnx");
  }

  private static void assertClose(float[] actual, double[] expected) {
    double largest = 0;
    double most = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(actual[i] - expected[i]));
      most = Math.max(most, Math.abs(expected[i]));
      assertThat(actual[i]).isFinite();
    }
    assertThat(largest).as("largest difference of scores").isLessThan(DIFFERENCE_MAX);
    assertThat(most).as("scores that mean something").isBetween(0.5, 100.0);
  }

  /** A configuration with some fields changed. */
  private static String of(String base, String... changes) {
    try {
      ObjectNode config = (ObjectNode) JSON.readTree(base);
      for (String change : changes) {
        config.setAll((ObjectNode) JSON.readTree("{" + change + "}"));
      }
      return config.toString();
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
