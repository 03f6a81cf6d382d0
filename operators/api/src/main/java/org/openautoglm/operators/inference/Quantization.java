package org.openautoglm.operators.inference;

/** Whether a model is converted when it is loaded, and what its weights become. */
public enum Quantization {
  /** It runs as its directory has it. */
  NONE,
  /** 8 bits: by rows, but for decoders in blocks of 32 where the CPU has VNNI. */
  INT8,
  /** 8 bits in blocks of 32: closer to the original than by rows. */
  INT8_BLOCKS,
  /** 8 bits by rows. */
  INT8_ROWS,
  /** 4 bits in blocks of 32. */
  INT4
}
