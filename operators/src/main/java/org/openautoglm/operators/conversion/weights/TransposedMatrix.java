package org.openautoglm.operators.conversion.weights;

/** A matrix turned. */
record TransposedMatrix(WeightMatrix original) implements WeightMatrix {

  @Override
  public int rows() {
    return original.columns();
  }

  @Override
  public int columns() {
    return original.rows();
  }

  @Override
  public WeightMatrix transposed() {
    return original;
  }

  @Override
  public void read(int row, int rows, int column, int columns, float[] into) {
    float[] block = new float[Math.multiplyExact(rows, columns)];
    original.read(column, columns, row, rows, block);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        into[i * columns + j] = block[j * rows + i];
      }
    }
  }
}
