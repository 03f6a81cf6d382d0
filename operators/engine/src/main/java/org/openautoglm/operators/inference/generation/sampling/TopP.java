package org.openautoglm.operators.inference.generation.sampling;

import java.util.Arrays;

/**
 * Nucleus sampling (Holtzman et al., 2019): keeps the likeliest candidates until their probability
 * reaches a share. Candidates are counted into bins by their distance from the likeliest; only the
 * bin in which the share is reached has to be sorted. Scratch of one decode thread.
 */
final class TopP {
  private static final int BINS = 2048;

  /** Bins for each factor of e; tokens further down than all bins share the last one. */
  private static final double BINS_PER_UNIT = 64;

  private final double[] mass = new double[BINS];

  /**
   * Candidates of the bin that the share ends in: logit and place, sorted together as one number.
   */
  private long[] last = new long[256];

  /**
   * Keeps what the share needs, in the candidates' order.
   *
   * @param sum of the candidates' weights
   * @return the sum of the weights kept
   */
  double keep(Candidates all, float topP, float max, float temperature, double sum) {
    double scale = BINS_PER_UNIT / temperature;
    Arrays.fill(mass, 0);
    for (int i = 0; i < all.count; i++) {
      mass[bin(all.logits[i], max, scale)] += all.weights[i];
    }
    double target = topP * sum;
    double before = 0;
    int bin = 0;
    while (bin < BINS - 1 && before + mass[bin] < target) {
      before += mass[bin++];
    }
    int found = collect(all, bin, max, scale);
    Arrays.sort(last, 0, found);
    double kept = before;
    int taken = 0;
    while (taken < found && (kept < target || (taken == 0 && before == 0))) {
      kept += all.weights[(int) last[taken++]];
    }
    return keepThem(all, bin, max, scale, taken);
  }

  private int collect(Candidates all, int bin, float max, double scale) {
    int found = 0;
    for (int i = 0; i < all.count; i++) {
      if (bin(all.logits[i], max, scale) == bin) {
        if (found == last.length) {
          last = Arrays.copyOf(last, Math.min(all.ids.length, 4 * found));
        }
        // The bits of a distance of 0 or more are in the distance's order; equals keep their order.
        long distance = Float.floatToRawIntBits(Math.abs(max - all.logits[i]));
        last[found++] = (distance << 32) | i;
      }
    }
    return found;
  }

  private double keepThem(Candidates all, int bin, float max, double scale, int taken) {
    long limit = taken == 0 ? -1 : last[taken - 1];
    int kept = 0;
    double sum = 0;
    for (int i = 0; i < all.count; i++) {
      int itsBin = bin(all.logits[i], max, scale);
      long distance = Float.floatToRawIntBits(Math.abs(max - all.logits[i]));
      if (itsBin < bin || (itsBin == bin && ((distance << 32) | i) <= limit)) {
        sum += all.weights[i];
        all.keep(i, kept++);
      }
    }
    all.count = kept;
    return sum;
  }

  private static int bin(float logit, float max, double scale) {
    return (int) Math.min(BINS - 1, (max - logit) * scale);
  }
}
