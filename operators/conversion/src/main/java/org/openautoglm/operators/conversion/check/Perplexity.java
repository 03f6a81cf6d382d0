package org.openautoglm.operators.conversion.check;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How well a model foresees a text: the exponential of the mean of −ln p over its tokens, those at
 * the begin of a window left out.
 *
 * @param value 1 or more
 * @param tokens how many were foreseen
 */
public record Perplexity(double value, long tokens) {
  private static final int WINDOW_MAX = 512;
  private static final int WINDOW_MIN = 32;

  /** Logits of a window at once, in numbers. */
  private static final int LOGITS_MAX = 16 << 20;

  /**
   * Measures.
   *
   * @param texts each at least two tokens
   * @param vocabulary how many logits a token has, which bounds the window
   */
  static Perplexity of(CausalModel model, List<int[]> texts, int vocabulary) throws IOException {
    double sum = 0;
    long count = 0;
    for (int[] window : windows(texts, vocabulary)) {
      float[] logits = model.score(window);
      int width = logits.length / window.length;
      for (int i = 0; i + 1 < window.length; i++) {
        sum -= logProbability(logits, i * width, width, window[i + 1]);
      }
      count += window.length - 1;
    }
    return new Perplexity(Math.exp(sum / count), count);
  }

  private static List<int[]> windows(List<int[]> texts, int vocabulary) {
    int size = Math.max(WINDOW_MIN, Math.min(WINDOW_MAX, LOGITS_MAX / Math.max(1, vocabulary)));
    List<int[]> windows = new ArrayList<>();
    for (int[] text : texts) {
      for (int from = 0; from + 1 < text.length; from += size) {
        windows.add(Arrays.copyOfRange(text, from, Math.min(text.length, from + size)));
      }
    }
    return windows.stream().filter(window -> window.length > 1).toList();
  }

  /** ln softmax(logits)[token]. */
  static double logProbability(float[] logits, int offset, int width, int token) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int i = offset; i < offset + width; i++) {
      largest = Math.max(largest, logits[i]);
    }
    double sum = 0;
    for (int i = offset; i < offset + width; i++) {
      sum += Math.exp(logits[i] - largest);
    }
    return logits[offset + token] - largest - Math.log(sum);
  }
}
