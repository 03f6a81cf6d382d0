package org.openautoglm.operators.conversion.check;

/**
 * What a converted encoder must reach.
 *
 * @param cosineMin the least cosine of an embedding to the original's
 * @param probabilityMax the largest difference of a class's probability to the original's
 * @param companyMax the largest difference of a number alone to the same in a batch; 0: every bit
 *     is the same
 */
public record EncoderBar(double cosineMin, double probabilityMax, double companyMax) {

  /** Nothing was rounded. */
  public static final EncoderBar EXACT = new EncoderBar(0.9999, 1e-3, 1e-4);

  /** 8 bits in blocks of 32. */
  public static final EncoderBar BLOCKS = new EncoderBar(0.999, 0.03, 0);

  /** 8 bits by rows, activations too. */
  public static final EncoderBar ROWS = new EncoderBar(0.99, 0.1, 0);
}
