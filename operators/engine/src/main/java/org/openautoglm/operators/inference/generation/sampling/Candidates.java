package org.openautoglm.operators.inference.generation.sampling;

/**
 * Tokens among which one is drawn, with their logits: all of the vocabulary, or what a limit has
 * left of it. Scratch of one decode thread, made once.
 */
final class Candidates {
  final int[] ids;
  final float[] logits;
  final double[] weights;
  int count;

  Candidates(int vocabulary) {
    this.ids = new int[vocabulary];
    this.logits = new float[vocabulary];
    this.weights = new double[vocabulary];
  }

  /** Takes the whole vocabulary. */
  void takeAll(float[] row) {
    count = row.length;
    System.arraycopy(row, 0, logits, 0, count);
    for (int i = 0; i < count; i++) {
      ids[i] = i;
    }
  }

  /** Takes what is at least as likely as a threshold, in the order of ids. */
  void takeFrom(float[] row, float threshold) {
    count = 0;
    for (int i = 0; i < row.length; i++) {
      if (row[i] >= threshold) {
        ids[count] = i;
        logits[count++] = row[i];
      }
    }
  }

  /**
   * Sets weights in proportion to the probabilities, the likeliest token's 1.
   *
   * @return their sum
   */
  double weigh(float max, float temperature) {
    double scale = 1.0 / temperature;
    double sum = 0;
    for (int i = 0; i < count; i++) {
      double weight = Exponential.of((logits[i] - (double) max) * scale);
      weights[i] = weight;
      sum += weight;
    }
    return sum;
  }

  /** Keeps one candidate, which may be written over one that was looked at before. */
  void keep(int from, int to) {
    ids[to] = ids[from];
    logits[to] = logits[from];
    weights[to] = weights[from];
  }

  /**
   * Draws a token.
   *
   * @param share from 0 up to 1
   * @param sum of all weights
   */
  int draw(double share, double sum) {
    double target = share * sum;
    double passed = 0;
    int last = 0;
    for (int i = 0; i < count; i++) {
      if (weights[i] > 0) {
        passed += weights[i];
        last = i;
        if (passed > target) {
          return ids[i];
        }
      }
    }
    return ids[last];
  }
}
