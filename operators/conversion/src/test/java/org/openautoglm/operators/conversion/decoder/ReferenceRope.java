package org.openautoglm.operators.conversion.decoder;

import com.fasterxml.jackson.databind.JsonNode;

/** Rotary frequencies with their scalings, step by step as the papers have them. */
final class ReferenceRope {
  private final double[] frequencies;
  private double scale = 1;

  ReferenceRope(JsonNode config, int headWidth) {
    boolean chatGlm = config.get("model_type").asText().equals("chatglm");
    boolean glm = config.get("model_type").asText().startsWith("glm");
    JsonNode parameters =
        config.hasNonNull("rope_parameters")
            ? config.get("rope_parameters")
            : config.path("rope_scaling");
    double base =
        chatGlm
            ? 10_000 * config.path("rope_ratio").asDouble(1)
            : parameters.path("rope_theta").asDouble(config.path("rope_theta").asDouble(10_000));
    double part = chatGlm ? 0.5 : config.path("partial_rotary_factor").asDouble(glm ? 0.5 : 1);
    int dim = (int) (headWidth * part);
    frequencies = new double[dim / 2];
    for (int i = 0; i < dim / 2; i++) {
      frequencies[i] = 1 / Math.pow(base, 2.0 * i / dim);
    }
    String type = parameters.path("rope_type").asText(parameters.path("type").asText("default"));
    switch (type) {
      case "linear" -> {
        for (int i = 0; i < frequencies.length; i++) {
          frequencies[i] /= parameters.get("factor").asDouble();
        }
      }
      case "llama3" -> llama3(parameters);
      case "yarn" -> yarn(parameters, base, dim, config.path("max_position_embeddings").asInt());
      default -> {}
    }
  }

  private void llama3(JsonNode parameters) {
    double factor = parameters.get("factor").asDouble();
    double low = parameters.get("low_freq_factor").asDouble();
    double high = parameters.get("high_freq_factor").asDouble();
    double old = parameters.get("original_max_position_embeddings").asDouble();
    for (int i = 0; i < frequencies.length; i++) {
      double wavelength = 2 * Math.PI / frequencies[i];
      if (wavelength > old / low) {
        frequencies[i] /= factor;
      } else if (wavelength >= old / high) {
        double smooth = (old / wavelength - low) / (high - low);
        frequencies[i] = (1 - smooth) * frequencies[i] / factor + smooth * frequencies[i];
      }
    }
  }

  private void yarn(JsonNode parameters, double base, int dim, int positions) {
    double factor = parameters.get("factor").asDouble();
    double old = parameters.path("original_max_position_embeddings").asDouble(positions);
    double fast = parameters.path("beta_fast").asDouble(32);
    double slow = parameters.path("beta_slow").asDouble(1);
    double low = dim * Math.log(old / (fast * 2 * Math.PI)) / (2 * Math.log(base));
    double high = dim * Math.log(old / (slow * 2 * Math.PI)) / (2 * Math.log(base));
    if (parameters.path("truncate").asBoolean(true)) {
      low = Math.floor(low);
      high = Math.ceil(high);
    }
    low = Math.max(low, 0);
    high = Math.min(high, dim - 1);
    for (int i = 0; i < frequencies.length; i++) {
      double ramp = (i - low) / (high == low ? 0.001 : high - low);
      double kept = 1 - Math.max(0, Math.min(1, ramp));
      frequencies[i] = frequencies[i] / factor * (1 - kept) + frequencies[i] * kept;
    }
    scale = parameters.path("attention_factor").asDouble(0.1 * Math.log(factor) + 1);
  }

  int pairs() {
    return frequencies.length;
  }

  double frequency(int pair) {
    return frequencies[pair];
  }

  double scale() {
    return scale;
  }
}
