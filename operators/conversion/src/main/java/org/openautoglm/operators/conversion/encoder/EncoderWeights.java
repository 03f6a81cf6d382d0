package org.openautoglm.operators.conversion.encoder;

/** What the weights of a converted encoder are. */
public enum EncoderWeights {
  /** 32-bit floats, dequantised where the export has fewer bits. */
  FP32("fp32"),
  /** 8 bits, a scale for each row of activations and each column of weights: the fastest. */
  ROWWISE_INT8("int8"),
  /** 8 bits in blocks of 32: closer to the original, and slower. */
  INT8_BLOCKS("int8-blocks");

  private final String label;

  EncoderWeights(String label) {
    this.label = label;
  }

  /** What {@code autoglm.weights} of the graph's metadata says. */
  public String label() {
    return label;
  }
}
