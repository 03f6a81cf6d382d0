package org.openautoglm.operators.inference.onnx;

/**
 * What the graph gave for a batch.
 *
 * @param values row by row, and in a row token by token
 * @param positions vectors of each row: its tokens with padding, or 1 where the graph pools itself
 * @param width numbers of each vector
 */
@SuppressWarnings("ArrayRecordComponent") // Read once, by the thread that made it; may be large.
record RawOutput(float[] values, int positions, int width) {

  /** Where a row's first vector begins. */
  int offset(int row) {
    return row * positions * width;
  }
}
