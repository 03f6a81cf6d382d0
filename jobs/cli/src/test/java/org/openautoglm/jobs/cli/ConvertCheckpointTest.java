package org.openautoglm.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openautoglm.operators.conversion.decoder.RandomCheckpoint;
import org.openautoglm.operators.conversion.decoder.SafetensorsWriter;
import org.openautoglm.operators.conversion.decoder.SafetensorsWriter.Values;

/** Checkpoints in safetensors through the command line, in every form of weights that comes out. */
class ConvertCheckpointTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CONFIG =
      """
      {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 64,
       "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4,
       "num_key_value_heads": 2, "head_dim": 16, "vocab_size": 96, "max_position_embeddings": 512,
       "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu",
       "eos_token_id": 2, "tie_word_embeddings": true}\
      """;

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({
    "fp32, F32, 1",
    "fp32, BF16, 3",
    "fp16, F16, 2",
    "int8-blocks, F32, 3",
    "int8-rows, BF16, 1",
    "int4, F16, 2"
  })
  void becomesAGraphThatLoads(String weights, String stored, int files) throws Exception {
    Path source = checkpoint(stored, files);
    String out = directory.resolve("converted").toString();

    List<String> arguments =
        new ArrayList<>(
            List.of("models", "convert", source.toString(), "--out", out, "--weights", weights));
    arguments.add("--json");
    if (weights.startsWith("int")) {
      // Random weights stand rounding no better than small models do.
      arguments.addAll(List.of("--max-perplexity-change", weights.equals("int4") ? "60" : "5"));
    }
    CommandRun run = CommandRun.of(arguments.toArray(String[]::new));

    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.err()).contains("writing " + weights + " weights").endsWith(" is ready\n");
    JsonNode report = JSON.readTree(run.out());
    assertThat(report.path("graph").asText()).isEqualTo("decoder-1");
    assertThat(report.path("weights").asText()).isEqualTo(weights);
    assertThat(report.at("/findings/batches/rows_same").asInt())
        .isEqualTo(report.at("/findings/batches/rows").asInt());
    try (Stream<Path> written = Files.list(Path.of(out))) {
      assertThat(written.map(Path::getFileName).map(Path::toString))
          .contains("model.onnx", "conversion.json", "tokenizer.json")
          .noneMatch(name -> name.contains("safetensors"));
    }

    CommandRun inspected = CommandRun.of("models", "inspect", out);
    assertThat(inspected.code()).as(inspected.err()).isZero();
    assertThat(inspected.out()).contains("graph decoder-1", "weights " + weights);
  }

  /** Whoever leaves the form of 8 bits open gets one that agrees, whatever is fastest here. */
  @Test
  void becomesBlocksWhereRowsLoseTooMuch() throws Exception {
    Map<String, Values> weights = RandomCheckpoint.of(JSON.readTree(CONFIG), 4);
    // Logits far apart, so that what is lost shows in the perplexity.
    Values norm = weights.get("model.norm.weight");
    float[] factors = norm.numbers().clone();
    for (int i = 0; i < factors.length; i++) {
      factors[i] *= 6;
    }
    weights.put("model.norm.weight", new Values(norm.shape(), factors));
    for (int layer = 0; layer < 2; layer++) {
      // A block of activations dwarfs all others of its row, and means what it did.
      String mlp = "model.layers." + layer + ".mlp.";
      scale(weights, mlp + "up_proj.weight", true, 1e6f);
      scale(weights, mlp + "down_proj.weight", false, 1e-6f);
    }
    Path source = checkpoint(weights, "F32", 1);
    String out = directory.resolve("converted").toString();
    String[] arguments = {
      "models", "convert", source.toString(), "--out", out, "--json", "--max-perplexity-change", "5"
    };
    List<String> rows = new ArrayList<>(List.of(arguments));
    rows.addAll(List.of("--weights", "int8-rows"));
    CommandRun refused = CommandRun.of(rows.toArray(String[]::new));
    assertThat(refused.code()).as(refused.out() + refused.err()).isEqualTo(1);
    assertThat(refused.err()).contains("try the weights int8-blocks or fp32");

    CommandRun run = CommandRun.of(arguments);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(JSON.readTree(run.out()).path("weights").asText()).isEqualTo("int8-blocks");
  }

  /** Multiplies what comes out by, or goes in by, the first 32 numbers. */
  private static void scale(Map<String, Values> weights, String name, boolean out, float factor) {
    Values values = weights.get(name);
    float[] numbers = values.numbers().clone();
    int width = (int) values.shape()[1];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] *= (out ? i / width : i % width) < 32 ? factor : 1;
    }
    weights.put(name, new Values(values.shape(), numbers));
  }

  private Path checkpoint(String stored, int files) throws Exception {
    return checkpoint(RandomCheckpoint.of(JSON.readTree(CONFIG), 4), stored, files);
  }

  private Path checkpoint(Map<String, Values> weights, String stored, int files) throws Exception {
    Path source = Files.createDirectory(directory.resolve("source"));
    if (files == 1) {
      SafetensorsWriter.write(source, weights, stored);
    } else {
      SafetensorsWriter.writeShards(source, weights, stored, files);
    }
    Files.writeString(source.resolve("config.json"), CONFIG);
    StringBuilder words = new StringBuilder("\"<unk>\": 0, \"<s>\": 1, \"</s>\": 2");
    String letters = " ，。？！的是我你他学习深度今天气很好人工智能机器abcdefghijklmnopqrstuvwxyz";
    for (int i = 0; i < letters.length(); i++) {
      words.append(", \"").append(letters.charAt(i)).append("\": ").append(3 + i);
    }
    Files.writeString(
        source.resolve("tokenizer.json"),
        """
        {"version": "1.0", "added_tokens": [], "normalizer": null, "post_processor": null,
         "decoder": null, "truncation": null, "padding": null,
         "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "."}, "behavior": "Isolated",
                           "invert": false},
         "model": {"type": "WordLevel", "unk_token": "<unk>", "vocab": {%s}}}\
        """
            .formatted(words));
    Files.writeString(source.resolve("tokenizer_config.json"), "{\"eos_token\": \"</s>\"}");
    return source;
  }
}
