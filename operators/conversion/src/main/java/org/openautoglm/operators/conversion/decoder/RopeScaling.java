package org.openautoglm.operators.conversion.decoder;

import org.openautoglm.operators.conversion.weights.CheckpointException;

/**
 * How a model stretches its rotary frequencies to read longer texts than it was trained on, as
 * {@code rope_scaling} (or, in newer files, {@code rope_parameters}) says. Formulas: linear, Chen
 * et al. 2023 (arXiv:2306.15595); YaRN, Peng et al. 2023 (arXiv:2309.00071); llama3, the release of
 * Llama 3.1.
 */
final class RopeScaling {
  private final ModelConfig config;
  private final double base;
  private final int positions;

  /**
   * @param config the object of the file that describes the scaling
   * @param base the rotary base
   * @param positions the file's {@code max_position_embeddings}
   */
  RopeScaling(ModelConfig config, double base, int positions) {
    this.config = config;
    this.base = base;
    this.positions = positions;
  }

  /**
   * Scaled frequencies of the angles.
   *
   * @param width how many of a head's numbers are turned, a pair for each frequency
   */
  Frequencies frequencies(int width) throws CheckpointException {
    double[] plain = new double[width / 2];
    for (int i = 0; i < plain.length; i++) {
      plain[i] = Math.pow(base, -2.0 * i / width);
    }
    String type = config.text("rope_type", config.text("type", "default"));
    return switch (type) {
      case "default" -> new Frequencies(plain, 1, positions);
      // Up to max_position_embeddings it changes nothing; beyond, keys in the cache would have to
      // be turned again with every token.
      case "dynamic" -> new Frequencies(plain, 1, positions);
      case "linear" -> linear(plain);
      case "llama3" -> llama3(plain);
      case "yarn" -> yarn(plain);
      default ->
          throw config.bad(
              "rope_type",
              "is " + type + ", which is none of default, linear, dynamic, llama3 and yarn");
    };
  }

  private Frequencies linear(double[] plain) throws CheckpointException {
    double factor = config.number("factor");
    double[] scaled = new double[plain.length];
    for (int i = 0; i < plain.length; i++) {
      scaled[i] = plain[i] / factor;
    }
    return new Frequencies(scaled, 1, positions);
  }

  /** Long waves are stretched, short ones kept, and those between blended. */
  private Frequencies llama3(double[] plain) throws CheckpointException {
    double factor = config.number("factor");
    double low = config.number("low_freq_factor");
    double high = config.number("high_freq_factor");
    double trained = config.integer("original_max_position_embeddings");
    double[] scaled = new double[plain.length];
    for (int i = 0; i < plain.length; i++) {
      double turns = trained * plain[i] / (2 * Math.PI);
      double kept = turns > high ? 1 : turns < low ? 0 : (turns - low) / (high - low);
      scaled[i] = (1 - kept) * plain[i] / factor + kept * plain[i];
    }
    return new Frequencies(scaled, 1, positions);
  }

  private Frequencies yarn(double[] plain) throws CheckpointException {
    int trained = config.integer("original_max_position_embeddings", positions);
    double factor = config.number("factor", (double) positions / trained);
    double first = boundary(plain.length, trained, config.number("beta_fast", 32));
    double last = boundary(plain.length, trained, config.number("beta_slow", 1));
    if (config.flag("truncate", true)) {
      first = Math.floor(first);
      last = Math.ceil(last);
    }
    first = Math.max(first, 0);
    last = Math.min(last, 2.0 * plain.length - 1);
    if (first == last) {
      last += 0.001;
    }
    double[] scaled = new double[plain.length];
    for (int i = 0; i < plain.length; i++) {
      double stretched = Math.min(1, Math.max(0, (i - first) / (last - first)));
      scaled[i] = stretched * plain[i] / factor + (1 - stretched) * plain[i];
    }
    int reached = Math.max(positions, (int) Math.min(Integer.MAX_VALUE, trained * factor));
    return new Frequencies(scaled, attentionFactor(factor), reached);
  }

  /** Which frequency turns so often within the trained length. */
  private double boundary(int pairs, int trained, double turns) {
    return pairs * Math.log(trained / (turns * 2 * Math.PI)) / Math.log(base);
  }

  private double attentionFactor(double factor) throws CheckpointException {
    if (config.has("attention_factor")) {
      return config.number("attention_factor");
    }
    if (config.has("mscale") && config.has("mscale_all_dim")) {
      return sharpening(factor, config.number("mscale"))
          / sharpening(factor, config.number("mscale_all_dim"));
    }
    return sharpening(factor, 1);
  }

  private static double sharpening(double factor, double strength) {
    return factor <= 1 ? 1 : 0.1 * strength * Math.log(factor) + 1;
  }

  /**
   * What the scaling gives.
   *
   * @param perPosition the angle that each pair turns by from one position to the next
   * @param factor what cosine and sine are multiplied with
   * @param positions how many positions they are good for
   */
  @SuppressWarnings("ArrayRecordComponent") // Passed on at once.
  record Frequencies(double[] perPosition, double factor, int positions) {}
}
