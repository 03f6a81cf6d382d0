package org.openautoglm.operators.conversion.weights;

import org.openautoglm.operators.conversion.quantization.Matrix;

/** A matrix whose rows are fetched a strip at a time. Used by one thread. */
final class MatrixStrips implements Matrix {
  private static final int STRIP_MAX_FLOATS = 1 << 22;

  private final WeightMatrix matrix;
  private final int height;
  private float[] strip = new float[0];
  private int first = -1;

  MatrixStrips(WeightMatrix matrix) {
    this.matrix = matrix;
    this.height =
        Math.max(1, Math.min(matrix.rows(), STRIP_MAX_FLOATS / Math.max(1, matrix.columns())));
  }

  @Override
  public int rows() {
    return matrix.rows();
  }

  @Override
  public int columns() {
    return matrix.columns();
  }

  @Override
  public void read(int row, float[] into) {
    int start = row / height * height;
    if (start != first) {
      if (strip.length == 0) {
        strip = new float[height * columns()];
      }
      matrix.read(start, Math.min(height, rows() - start), 0, columns(), strip);
      first = start;
    }
    System.arraycopy(strip, (row - start) * columns(), into, 0, columns());
    if (row == rows() - 1) {
      // A model has hundreds of matrices, each of which may be read again later.
      strip = new float[0];
      first = -1;
    }
  }
}
