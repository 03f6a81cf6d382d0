package org.openautoglm.operators.conversion.encoder;

import org.openautoglm.operators.conversion.graph.StoredTensor;
import org.openautoglm.operators.conversion.quantization.Matrix;

/**
 * The floats that the weights of a dynamically quantised export stand for: {@code (q − zero) ·
 * scale}, with one zero and one scale for all or for each column.
 */
final class DequantizedMatrix implements Matrix {
  private final Matrix numbers;
  private final float[] zeros;
  private final float[] scales;

  /**
   * @param numbers int8 or uint8 {@code [K, N]}
   * @param zeros one or {@code N}
   * @param scales one or {@code N}
   */
  DequantizedMatrix(StoredTensor numbers, float[] zeros, float[] scales) {
    this.numbers = Matrix.of(numbers);
    this.zeros = zeros;
    this.scales = scales;
    for (float[] perColumn : new float[][] {zeros, scales}) {
      if (perColumn.length != 1 && perColumn.length != this.numbers.columns()) {
        throw new IllegalArgumentException(
            numbers + " cannot have " + perColumn.length + " zeros or scales");
      }
    }
  }

  @Override
  public int rows() {
    return numbers.rows();
  }

  @Override
  public int columns() {
    return numbers.columns();
  }

  @Override
  public void read(int row, float[] into) {
    numbers.read(row, into);
    for (int n = 0; n < columns(); n++) {
      into[n] = (into[n] - zeros[n % zeros.length]) * scales[n % scales.length];
    }
  }
}
