package org.openautoglm.operators.conversion.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openautoglm.operators.conversion.decoder.SafetensorsWriter.Values;
import org.openautoglm.operators.conversion.graph.Progress;
import org.openautoglm.operators.conversion.weights.CheckpointException;

/** What cannot be converted is said in one clear error, and nothing is written. */
class RefusedModelsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CONFIG =
      """
      {"model_type": "llama", "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 1,
       "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 97,
       "max_position_embeddings": 64, "rms_norm_eps": 1e-5}""";

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"model_type\": \"gpt2\"} | config.json: model_type is gpt2; decoders of these types are"
            + " known: llama, mistral, qwen2, qwen3, glm, glm4, chatglm",
        "{\"model_type\": null} | config.json: model_type is missing; decoders of these types",
        "{\"hidden_size\": null} | config.json: hidden_size is missing; check",
        "{\"hidden_size\": \"64\"} | config.json: hidden_size is \"64\", not a count between 1 and",
        "{\"hidden_size\": 1e9} | config.json: hidden_size is 1.0E9, not a count between 1 and",
        "{\"vocab_size\": 999999999999} | config.json: vocab_size is 999999999999, not a count",
        "{\"num_hidden_layers\": 0} | config.json: num_hidden_layers is 0, not a count between 1",
        "{\"num_hidden_layers\": 5000} | config.json asks for 5000 layers; at most 1000",
        "{\"num_key_value_heads\": 3} | config.json has 4 attention heads for 3 key-value heads",
        "{\"head_dim\": 20} | config.json makes attention heads 20 wide; the attention operator",
        "{\"hidden_act\": \"xielu\"} | config.json: hidden_act is xielu, which is none of silu",
        "{\"rms_norm_eps\": -1} | config.json: rms_norm_eps is -1, not a number above 0",
        "{\"tie_word_embeddings\": \"yes\"} | config.json: tie_word_embeddings is \"yes\", not true",
        "{\"rope_scaling\": {\"type\": \"longrope\"}} | config.json: rope_scaling.rope_type is"
            + " longrope, which is none of default, linear, dynamic, llama3 and yarn",
        "{\"rope_scaling\": {\"type\": \"linear\"}} | config.json: rope_scaling.factor is missing",
        "{\"partial_rotary_factor\": 0.1} | config.json: partial_rotary_factor is 0.1, which turns",
        "{\"quantization_config\": {\"quant_method\": \"gptq\"}} | config.json:"
            + " quantization_config says that the weights are quantised already (gptq)",
        "{\"hidden_size\": 128} | model.safetensors has model.embed_tokens.weight of shape [97, 64],"
            + " but config.json makes it [97, 128]",
        "{\"num_hidden_layers\": 2} | model.safetensors lacks the weight"
            + " model.layers.1.input_layernorm.weight (it has model.layers.0.input_layernorm.weight)",
        "{\"attention_bias\": true} | model.safetensors lacks the weight"
            + " model.layers.0.self_attn.q_proj.bias",
        "{\"model_type\": \"qwen3\"} | model.safetensors lacks the weight"
            + " model.layers.0.self_attn.q_norm.weight",
      })
  void saysWhatIsWrong(String change, String problem) throws Exception {
    Map<String, Values> weights = RandomCheckpoint.of(JSON.readTree(CONFIG), 1);
    SafetensorsWriter.write(folder, weights, "F32");
    ObjectNode config = (ObjectNode) JSON.readTree(CONFIG);
    config.setAll((ObjectNode) JSON.readTree(change));
    Files.writeString(folder.resolve("config.json"), config.toString());
    assertRefused(problem);
  }

  @Test
  void saysThatTheConfigurationIsMissingOrNoJson() throws Exception {
    assertRefused("config.json is missing in ");
    Files.writeString(folder.resolve("config.json"), "{");
    assertRefused("config.json is not JSON (");
  }

  @Test
  void chatGlmWithoutRmsNormIsRefused() throws Exception {
    Files.writeString(
        folder.resolve("config.json"), "{\"model_type\": \"chatglm\", \"rmsnorm\": false}");
    SafetensorsWriter.write(folder, Map.of(), "F32");
    assertRefused("config.json: rmsnorm is false; only models with RMSNorm are converted");
  }

  private void assertRefused(String problem) throws Exception {
    Path target = Files.createTempDirectory(folder, "target");
    assertThatThrownBy(
            () ->
                DecoderConversion.convert(
                    folder, target, WeightFormat.INT8_ROWS, Map.of(), Progress.SILENT))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(problem);
    try (Stream<Path> written = Files.list(target)) {
      assertThat(written).isEmpty();
    }
  }
}
