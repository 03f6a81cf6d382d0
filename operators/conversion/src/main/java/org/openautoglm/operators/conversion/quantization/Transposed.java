package org.openautoglm.operators.conversion.quantization;

/**
 * A matrix read by its columns. It turns a strip of columns at a time, so that the rows are read
 * once a strip and not once a column. For one thread.
 */
final class Transposed implements Matrix {
  private static final int STRIP_MAX_FLOATS = 1 << 21;

  private final Matrix matrix;
  private final int width;
  private float[] strip = new float[0];
  private int stripStart = -1;

  Transposed(Matrix matrix) {
    this.matrix = matrix;
    int fitting = STRIP_MAX_FLOATS / Math.max(1, matrix.rows());
    this.width = Math.max(1, Math.min(matrix.columns(), fitting));
  }

  @Override
  public int rows() {
    return matrix.columns();
  }

  @Override
  public int columns() {
    return matrix.rows();
  }

  @Override
  public void read(int row, float[] into) {
    int start = row / width * width;
    if (start != stripStart) {
      turn(start);
    }
    System.arraycopy(strip, (row - start) * columns(), into, 0, columns());
  }

  @Override
  public Matrix transposed() {
    return matrix;
  }

  private void turn(int start) {
    int columns = Math.min(width, matrix.columns() - start);
    strip = strip.length == 0 ? new float[width * matrix.rows()] : strip;
    float[] row = new float[matrix.columns()];
    for (int i = 0; i < matrix.rows(); i++) {
      matrix.read(i, row);
      for (int column = 0; column < columns; column++) {
        strip[column * matrix.rows() + i] = row[start + column];
      }
    }
    stripStart = start;
  }
}
