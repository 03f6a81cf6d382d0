package org.openautoglm.operators.conversion.weights;

import org.openautoglm.operators.conversion.graph.StoredTensor;

/** A tensor as it lies in a file, as rows that follow each other. */
record StoredMatrix(StoredTensor tensor, int rows, int columns) implements WeightMatrix {

  @Override
  public void read(int row, int rows, int column, int columns, float[] into) {
    if (columns == columns()) {
      tensor.floats((long) row * columns, into, 0, Math.multiplyExact(rows, columns));
      return;
    }
    for (int i = 0; i < rows; i++) {
      tensor.floats((long) (row + i) * columns() + column, into, i * columns, columns);
    }
  }
}
