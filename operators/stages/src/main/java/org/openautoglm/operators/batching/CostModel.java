package org.openautoglm.operators.batching;

/**
 * What a batch costs on one engine, learned from the batches that ran: {@code time ≈ (overhead +
 * padded tokens) × time per token}, by least squares over the recent past.
 *
 * <p>The overhead, in tokens, is what starting a batch costs; it decides how much padding is worth
 * taking. It is bounded on both sides, so that no freak measurement stops batching or lets every
 * length mix, and it stays at a first guess while all batches are alike, which tell nothing about
 * it. Needs a fixed handful of numbers, whatever it sees. Belongs to the task thread.
 */
final class CostModel {
  /** MiniLM on a CPU loses about ten tokens' time per call; larger models and GPUs more. */
  static final int OVERHEAD_TOKENS_GUESS = 16;

  static final int OVERHEAD_TOKENS_MIN = 4;
  static final int OVERHEAD_TOKENS_MAX = 16_384;

  /** The first run of an engine allocates and compiles; it says nothing of the next. */
  private static final int WARM_UP = 1;

  /** A batch weighs half after 34 later ones. */
  private static final double DECAY = 0.98;

  /** A pause of the machine counts as at most this many times what was expected. */
  private static final int OUTLIER = 8;

  private static final int OUTLIER_AFTER = 8;

  private long seen;
  private double weight;
  private double sumX;
  private double sumY;
  private double sumXx;
  private double sumXy;
  private double overheadTokens = OVERHEAD_TOKENS_GUESS;
  private double tokenUs;

  /** Takes what one batch, run without failures, has cost. */
  void measured(int paddedTokens, long inferenceUs) {
    seen++;
    if (seen <= WARM_UP) {
      return;
    }
    double x = paddedTokens;
    double y = Math.max(1, inferenceUs);
    if (seen > OUTLIER_AFTER) {
      y = Math.min(y, OUTLIER * Math.max(1.0, (double) expectedUs(paddedTokens)));
    }
    weight = weight * DECAY + 1;
    sumX = sumX * DECAY + x;
    sumY = sumY * DECAY + y;
    sumXx = sumXx * DECAY + x * x;
    sumXy = sumXy * DECAY + x * y;
    fit();
  }

  private void fit() {
    double meanX = sumX / weight;
    double meanY = sumY / weight;
    double variance = sumXx / weight - meanX * meanX;
    double covariance = sumXy / weight - meanX * meanY;
    if (variance > 0.01 * meanX * meanX) {
      double slope = covariance / variance;
      double ratio = slope <= 0 ? OVERHEAD_TOKENS_MAX : meanY / slope - meanX;
      overheadTokens = Math.max(OVERHEAD_TOKENS_MIN, Math.min(OVERHEAD_TOKENS_MAX, ratio));
    }
    tokenUs = meanY / (overheadTokens + meanX);
  }

  /**
   * How long a batch is expected to run, microseconds. 0 before the first measurement, so that an
   * engine that nobody knows yet is tried.
   */
  long expectedUs(int paddedTokens) {
    return (long) ((overheadTokens + paddedTokens) * tokenUs);
  }

  /** Whether anything has been measured. */
  boolean known() {
    return weight > 0;
  }

  /** How long a batch of the recent past ran, microseconds. */
  long meanUs() {
    return weight == 0 ? 0 : (long) (sumY / weight);
  }

  /** What starting a batch costs, in tokens. */
  int overheadTokens() {
    return (int) overheadTokens;
  }
}
