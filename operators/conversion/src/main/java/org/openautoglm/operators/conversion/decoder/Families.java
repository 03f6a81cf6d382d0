package org.openautoglm.operators.conversion.decoder;

import java.util.List;
import java.util.stream.Collectors;
import org.openautoglm.operators.conversion.weights.CheckpointException;

/** All families that can be converted. */
final class Families {
  private static final List<Family> ALL =
      List.of(new Llama(), new Mistral(), new Qwen2(), new Qwen3(), new Glm4(), new ChatGlm3());

  private Families() {}

  /** Whether the model that a {@code config.json} describes is a decoder of a known family. */
  static boolean know(ModelConfig config) throws CheckpointException {
    String type = config.text("model_type", "");
    return ALL.stream().anyMatch(family -> family.modelTypes().contains(type));
  }

  /**
   * The model that a {@code config.json} describes.
   *
   * @throws CheckpointException when its family is unknown or a field is wrong
   */
  static Decoder describe(ModelConfig config) throws CheckpointException {
    if (config.has("quantization_config")) {
      throw config.bad(
          "quantization_config",
          "says that the weights are quantised already ("
              + config.object("quantization_config").text("quant_method", "in its own way")
              + "), which cannot be undone; convert the model's F32, F16 or BF16 weights");
    }
    String type = config.text("model_type", "");
    for (Family family : ALL) {
      if (family.modelTypes().contains(type)) {
        return family.describe(config);
      }
    }
    String known =
        ALL.stream()
            .flatMap(family -> family.modelTypes().stream().sorted())
            .collect(Collectors.joining(", "));
    throw config.bad(
        "model_type",
        (type.isEmpty() ? "is missing" : "is " + type)
            + "; decoders of these types are known: "
            + known);
  }
}
