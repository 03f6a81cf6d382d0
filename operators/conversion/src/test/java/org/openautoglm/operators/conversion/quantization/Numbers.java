package org.openautoglm.operators.conversion.quantization;

import java.util.Random;

/** Random matrices, and how far apart two are. */
final class Numbers {
  private Numbers() {}

  static float[] normal(int count, long seed) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** The length of the difference by the length of what is expected. */
  static double relativeError(float[] expected, float[] actual) {
    double difference = 0;
    double length = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow((double) actual[i] - expected[i], 2);
      length += Math.pow(expected[i], 2);
    }
    return expected.length == actual.length ? Math.sqrt(difference / length) : Double.NaN;
  }
}
