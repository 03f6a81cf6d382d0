package org.openautoglm.operators.inference.onnx;

import org.openautoglm.schemas.wire.Output;

/** Makes a row's answer of the numbers that the graph gave for it. Thread-safe. */
interface AnswerHead {

  /**
   * A row's answer.
   *
   * @param row its place in the batch
   * @param tokens its own tokens, without padding
   * @throws NonFiniteOutputException when there are NaN or infinite numbers in it
   */
  Output read(RawOutput raw, int row, int tokens) throws NonFiniteOutputException;

  /**
   * Whether two answers to the same row are as good as equal: no further apart than arithmetic in
   * another order makes them.
   */
  boolean same(Output left, Output right);
}
