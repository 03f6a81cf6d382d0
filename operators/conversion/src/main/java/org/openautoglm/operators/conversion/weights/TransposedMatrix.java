package org.openautoglm.operators.conversion.weights;

import java.util.Optional;

/** A matrix turned. */
record TransposedMatrix(WeightMatrix original) implements WeightMatrix {
  private static final int BLOCK_MAX_FLOATS = 1 << 18;

  @Override
  public int rows() {
    return original.columns();
  }

  @Override
  public int columns() {
    return original.rows();
  }

  @Override
  public Optional<float[]> rowSteps() {
    return original.columnSteps();
  }

  @Override
  public Optional<float[]> columnSteps() {
    return original.rowSteps();
  }

  @Override
  public WeightMatrix transposed() {
    return original;
  }

  @Override
  public void read(int row, int rows, int column, int columns, float[] into) {
    int height = Math.max(1, Math.min(columns, BLOCK_MAX_FLOATS / Math.max(1, rows)));
    float[] block = new float[Math.multiplyExact(height, rows)];
    for (int first = 0; first < columns; first += height) {
      int count = Math.min(height, columns - first);
      original.read(column + first, count, row, rows, block);
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < count; j++) {
          into[i * columns + first + j] = block[j * rows + i];
        }
      }
    }
  }
}
