package org.openautoglm.operators.inference.model;

import java.util.Arrays;
import java.util.Map;
import org.openautoglm.operators.inference.model.TinyDecoderWeights.Tensor;

/**
 * The same decoder in plain loops: no cache, no batch, no library. What a graph of {@link
 * TinyDecoder} must give.
 */
public final class ReferenceDecoder {
  private static final double EPSILON = 1e-5;

  private final TinyDecoderWeights shape;
  private final Map<String, Tensor> tensors;

  public ReferenceDecoder(TinyDecoderWeights shape) {
    this.shape = shape;
    this.tensors = shape.tensors();
  }

  /** The likeliest continuation of a prompt. */
  public int[] greedy(int[] prompt, int count) {
    int[] all = Arrays.copyOf(prompt, prompt.length + count);
    for (int i = prompt.length; i < all.length; i++) {
      all[i] = argmax(logits(Arrays.copyOf(all, i)));
    }
    return Arrays.copyOfRange(all, prompt.length, all.length);
  }

  /** The index of the largest number. */
  public static int argmax(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[best]) {
        best = i;
      }
    }
    return best;
  }

  /** The logits after the last of some tokens. */
  public float[] logits(int[] tokens) {
    float[][] x = new float[tokens.length][];
    for (int i = 0; i < tokens.length; i++) {
      x[i] = new float[shape.hidden()];
      System.arraycopy(
          tensors.get("embedding").values(), tokens[i] * shape.hidden(), x[i], 0, x[i].length);
    }
    for (int layer = 0; layer < shape.layers(); layer++) {
      String l = "l" + layer + ".";
      attend(x, l);
      for (float[] row : x) {
        float[] inner = times(normed(row), l + "up");
        for (int i = 0; i < inner.length; i++) {
          inner[i] = Math.max(0, inner[i]);
        }
        add(row, times(inner, l + "down"));
      }
    }
    return times(normed(x[x.length - 1]), "head");
  }

  private void attend(float[][] x, String l) {
    int dim = shape.headDim();
    float[][] q = new float[x.length][];
    float[][] k = new float[x.length][];
    float[][] v = new float[x.length][];
    for (int t = 0; t < x.length; t++) {
      float[] normed = normed(x[t]);
      q[t] = rotated(times(normed, l + "q"), t);
      k[t] = rotated(times(normed, l + "k"), t);
      v[t] = times(normed, l + "v");
    }
    for (int t = 0; t < x.length; t++) {
      float[] out = new float[shape.heads() * dim];
      for (int head = 0; head < shape.heads(); head++) {
        int kv = head / (shape.heads() / shape.kvHeads());
        double[] weights = new double[t + 1];
        double largest = Double.NEGATIVE_INFINITY;
        for (int s = 0; s <= t; s++) {
          double dot = 0;
          for (int i = 0; i < dim; i++) {
            dot += (double) q[t][head * dim + i] * k[s][kv * dim + i];
          }
          weights[s] = dot / Math.sqrt(dim);
          largest = Math.max(largest, weights[s]);
        }
        double sum = 0;
        for (int s = 0; s <= t; s++) {
          weights[s] = Math.exp(weights[s] - largest);
          sum += weights[s];
        }
        for (int s = 0; s <= t; s++) {
          for (int i = 0; i < dim; i++) {
            out[head * dim + i] += (float) (weights[s] / sum * v[s][kv * dim + i]);
          }
        }
      }
      add(x[t], times(out, l + "o"));
    }
  }

  private float[] rotated(float[] heads, int position) {
    int half = shape.headDim() / 2;
    float[] cos = tensors.get("cos").values();
    float[] sin = tensors.get("sin").values();
    float[] out = new float[heads.length];
    for (int start = 0; start < heads.length; start += shape.headDim()) {
      for (int i = 0; i < half; i++) {
        float c = cos[position * half + i];
        float s = sin[position * half + i];
        out[start + i] = heads[start + i] * c - heads[start + half + i] * s;
        out[start + half + i] = heads[start + half + i] * c + heads[start + i] * s;
      }
    }
    return out;
  }

  private static float[] normed(float[] x) {
    double mean = 0;
    for (float value : x) {
      mean += value / x.length;
    }
    double variance = 0;
    for (float value : x) {
      variance += (value - mean) * (value - mean) / x.length;
    }
    float[] out = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      out[i] = (float) ((x[i] - mean) / Math.sqrt(variance + EPSILON));
    }
    return out;
  }

  private float[] times(float[] x, String matrix) {
    float[] values = tensors.get(matrix).values();
    int columns = (int) tensors.get(matrix).shape()[1];
    double[] sums = new double[columns];
    for (int row = 0; row < x.length; row++) {
      for (int column = 0; column < columns; column++) {
        sums[column] += (double) x[row] * values[row * columns + column];
      }
    }
    float[] out = new float[columns];
    for (int column = 0; column < columns; column++) {
      out[column] = (float) sums[column];
    }
    return out;
  }

  private static void add(float[] target, float[] summand) {
    for (int i = 0; i < target.length; i++) {
      target[i] += summand[i];
    }
  }
}
