package org.openautoglm.operators.conversion.check;

import java.util.Arrays;

/** How an answer is made of what an encoder's export gives for one row. */
@FunctionalInterface
public interface AnswerRule {

  /**
   * The answer.
   *
   * @param values what the graph gave for the row: tokens × width with padding, or width
   * @param tokens the row's own tokens
   * @param width numbers of each vector
   */
  float[] answer(float[] values, int tokens, int width);

  /** The vector of the first token, or of the row where the graph pools. */
  static AnswerRule first(boolean normalize) {
    return (values, tokens, width) -> scaled(Arrays.copyOf(values, width), normalize);
  }

  /** The mean over the row's own tokens. */
  static AnswerRule mean(boolean normalize) {
    return (values, tokens, width) -> {
      double[] sums = new double[width];
      for (int i = 0; i < tokens * width; i++) {
        sums[i % width] += values[i];
      }
      float[] mean = new float[width];
      for (int i = 0; i < width; i++) {
        mean[i] = (float) (sums[i] / tokens);
      }
      return scaled(mean, normalize);
    };
  }

  /** Probabilities of classes of which one is right; of log-probabilities too. */
  static AnswerRule softmax() {
    return (values, tokens, width) -> {
      double largest = Double.NEGATIVE_INFINITY;
      for (float value : values) {
        largest = Math.max(largest, value);
      }
      double sum = 0;
      for (float value : values) {
        sum += Math.exp(value - largest);
      }
      float[] probabilities = new float[values.length];
      for (int i = 0; i < values.length; i++) {
        probabilities[i] = (float) (Math.exp(values[i] - largest) / sum);
      }
      return probabilities;
    };
  }

  /** Probabilities of classes each of which is right or not by itself. */
  static AnswerRule sigmoid() {
    return (values, tokens, width) -> {
      float[] probabilities = new float[values.length];
      for (int i = 0; i < values.length; i++) {
        probabilities[i] = (float) (1 / (1 + Math.exp(-values[i])));
      }
      return probabilities;
    };
  }

  private static float[] scaled(float[] vector, boolean normalize) {
    double squares = 0;
    for (float x : vector) {
      squares += (double) x * x;
    }
    if (normalize && squares > 0) {
      float scale = (float) (1 / Math.sqrt(squares));
      for (int i = 0; i < vector.length; i++) {
        vector[i] *= scale;
      }
    }
    return vector;
  }
}
