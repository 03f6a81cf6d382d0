package org.openautoglm.operators.conversion.weights;

import java.util.Optional;

/** Some of a matrix's rows. */
record SelectedRows(WeightMatrix whole, RowRange range) implements WeightMatrix {

  SelectedRows {
    if (range.end() > whole.rows()) {
      throw new IllegalArgumentException(range + " is not within " + whole.rows() + " rows");
    }
  }

  @Override
  public int rows() {
    return range.count();
  }

  @Override
  public int columns() {
    return whole.columns();
  }

  @Override
  public Optional<float[]> rowSteps() {
    return whole.rowSteps().map(this::selected);
  }

  @Override
  public Optional<float[]> columnSteps() {
    return whole.columnSteps();
  }

  private float[] selected(float[] all) {
    float[] some = new float[rows()];
    for (int i = 0; i < some.length; i++) {
      some[i] = all[range.row(i)];
    }
    return some;
  }

  @Override
  public void read(int row, int rows, int column, int columns, float[] into) {
    if (rows <= range.run() - row % range.run()) {
      whole.read(range.row(row), rows, column, columns, into);
      return;
    }
    float[] block = new float[columns];
    for (int i = 0; i < rows; i++) {
      whole.read(range.row(row + i), 1, column, columns, block);
      System.arraycopy(block, 0, into, i * columns, columns);
    }
  }
}
