package org.openautoglm.operators.conversion.decoder;

import java.util.Locale;

/** How a converted decoder's weights are stored. */
public enum WeightFormat {
  /** 32-bit floats: the original's answers. */
  FP32,
  /** 16-bit floats, also between operators, for CUDA. */
  FP16,
  /** Symmetric blocks of 32 weights of 8 bits, embedding table and head included. */
  INT8_BLOCKS,
  /** 8 bits with a step for each output, embedding table and head included. */
  INT8_ROWS,
  /** Blocks of 32 with 4 bits, which small models do not stand. */
  INT4;

  /** {@code int8-blocks}: as the command line and {@code autoglm.weights} have it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
