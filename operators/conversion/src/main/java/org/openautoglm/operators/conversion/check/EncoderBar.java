package org.openautoglm.operators.conversion.check;

/**
 * What a converted encoder must reach. An embedding's closeness is its cosine to the original's:
 * the mean over all texts has a bar, and the worst text may be {@value #WORST} times as far from 1
 * as the mean may be.
 *
 * @param meanCosineMin the least mean of the cosines
 * @param probabilityMax the largest difference of a class's probability to the original's
 * @param companyMax the largest difference of a number alone to the same in a batch; 0: every bit
 *     is the same
 */
public record EncoderBar(double meanCosineMin, double probabilityMax, double companyMax) {
  private static final int WORST = 3;

  /** Nothing was rounded. */
  public static final EncoderBar EXACT = new EncoderBar(0.999999, 1e-3, 1e-4);

  /** 8 bits in blocks of 32. */
  public static final EncoderBar BLOCKS = new EncoderBar(0.9990, 0.03, 0);

  /** 8 bits by rows, activations too. */
  public static final EncoderBar ROWS = new EncoderBar(0.995, 0.1, 0);

  /** The least cosine of any one text. */
  public double cosineMin() {
    return 1 - WORST * (1 - meanCosineMin);
  }
}
