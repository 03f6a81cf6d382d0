package org.openautoglm.operators.inference.model;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * Random weights of a small decoder with rotary positions, grouped queries and layer norms: what
 * its graphs hold in every form, and what {@link ReferenceDecoder} computes with.
 *
 * @param vocabulary tokens
 * @param layers blocks of attention and a two-layer perceptron
 * @param hidden width of a token's vector
 * @param heads attention heads
 * @param kvHeads heads of keys and values; divides {@code heads}
 * @param headDim width of a head, a multiple of 16
 * @param inner width inside the perceptron
 * @param positions the longest row
 * @param seed makes the weights
 */
public record TinyDecoderWeights(
    int vocabulary,
    int layers,
    int hidden,
    int heads,
    int kvHeads,
    int headDim,
    int inner,
    int positions,
    long seed) {

  /** Two layers, 96 tokens, rows of at most 64. */
  public static final TinyDecoderWeights TINY =
      new TinyDecoderWeights(96, 2, 32, 4, 2, 16, 48, 64, 20);

  /** The same model with other weights. */
  public TinyDecoderWeights withSeed(long other) {
    return new TinyDecoderWeights(
        vocabulary, layers, hidden, heads, kvHeads, headDim, inner, positions, other);
  }

  /** All tensors, row-major, by name. */
  Map<String, Tensor> tensors() {
    Random random = new Random(seed);
    Map<String, Tensor> all = new LinkedHashMap<>();
    all.put("embedding", normal(random, 1, vocabulary, hidden));
    for (int layer = 0; layer < layers; layer++) {
      String l = "l" + layer + ".";
      double spread = 1.5 / Math.sqrt(hidden);
      all.put(l + "q", normal(random, spread, hidden, heads * headDim));
      all.put(l + "k", normal(random, spread, hidden, kvHeads * headDim));
      all.put(l + "v", normal(random, spread, hidden, kvHeads * headDim));
      all.put(l + "o", normal(random, 1.5 / Math.sqrt(heads * headDim), heads * headDim, hidden));
      all.put(l + "up", normal(random, spread, hidden, inner));
      all.put(l + "down", normal(random, 1.5 / Math.sqrt(inner), inner, hidden));
    }
    all.put("head", normal(random, 2 / Math.sqrt(hidden), hidden, vocabulary));
    float[] ones = new float[hidden];
    Arrays.fill(ones, 1);
    all.put("norm", new Tensor(ones, hidden));
    all.put("cos", rotary(true));
    all.put("sin", rotary(false));
    return all;
  }

  private Tensor rotary(boolean cosine) {
    int half = headDim / 2;
    float[] values = new float[positions * half];
    for (int position = 0; position < positions; position++) {
      for (int i = 0; i < half; i++) {
        double angle = position / Math.pow(10_000, (double) i / half);
        values[position * half + i] = (float) (cosine ? Math.cos(angle) : Math.sin(angle));
      }
    }
    return new Tensor(values, positions, half);
  }

  private static Tensor normal(Random random, double spread, int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (spread * random.nextGaussian());
    }
    return new Tensor(values, rows, columns);
  }

  /** Numbers and their shape. */
  @SuppressWarnings("ArrayRecordComponent") // Only tests read them.
  record Tensor(float[] values, long... shape) {}
}
