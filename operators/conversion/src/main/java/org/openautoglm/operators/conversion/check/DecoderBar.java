package org.openautoglm.operators.conversion.check;

/**
 * What a converted decoder must reach. A figure that is infinite is reported and not held.
 *
 * @param logitsMax the largest difference of logits to the original, as a share of the largest of
 *     them, 1 at least
 * @param sameTokens whether greedy tokens must be the original's, unless two were as good as
 *     equally likely there
 * @param perplexityMax how far the perplexity may be from the original's, as a share of it
 * @param companyMax the largest difference of logits alone to those in a batch, as a share of the
 *     largest of them, 1 at least; 0: every bit is the same
 */
public record DecoderBar(
    double logitsMax, boolean sameTokens, double perplexityMax, double companyMax) {

  /** Nothing was rounded: what differs is the order of additions. */
  public static final DecoderBar EXACT = new DecoderBar(1e-4, true, 1e-3, 1e-4);

  /** Half precision throughout. */
  public static final DecoderBar HALF = new DecoderBar(5e-2, false, 1e-2, 1e-2);

  /** Rounded weights: what the model foresees must be as good; company must not matter at all. */
  public static final DecoderBar ROUNDED = new DecoderBar(Double.POSITIVE_INFINITY, false, 1e-2, 0);

  /**
   * Weights of 4 bits lose more, and whoever asks for them knows; but not everything. Their kernel
   * adds in another order for one row than for several, and where that turns the rounding of an
   * activation, logits move by a hundredth. Whether a model may run in company is then for the
   * probe to say that tries it when it is loaded.
   */
  public static final DecoderBar FOUR_BITS =
      new DecoderBar(Double.POSITIVE_INFINITY, false, 0.10, 1e-2);

  /** The same bar with another share of perplexity. */
  public DecoderBar withPerplexityMax(double share) {
    return new DecoderBar(logitsMax, sameTokens, share, companyMax);
  }
}
