package org.openautoglm.operators.conversion;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What the weights of a converted model are. */
public enum Weights {
  /** 32-bit floats: the original's answers. */
  FP32,
  /** 16-bit floats, for CUDA. Decoders only. */
  FP16,
  /**
   * 8 bits, the fastest that is safe in batches: by rows, but for decoders in blocks of 32 where
   * the CPU has VNNI.
   */
  INT8,
  /** 8 bits in blocks of 32: closer to the original than by rows. */
  INT8_BLOCKS,
  /** 8 bits by rows: a scale for each row of activations and each output of a layer. */
  INT8_ROWS,
  /** 4 bits in blocks of 32. Decoders only, and small ones do not stand it. */
  INT4;

  /** {@code int8-blocks}: as the command line, the configuration and reports have it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The weights of a label. */
  public static Optional<Weights> of(String label) {
    return Arrays.stream(values()).filter(each -> each.label().equals(label)).findFirst();
  }
}
