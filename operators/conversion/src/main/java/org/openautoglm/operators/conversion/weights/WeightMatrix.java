package org.openautoglm.operators.conversion.weights;

import java.util.Optional;
import org.openautoglm.operators.conversion.quantization.Matrix;

/**
 * A two-dimensional weight, read by blocks as floats. A linear layer's is [out, in], as PyTorch
 * keeps it, wherever it comes from: views turn or pick rows without a copy.
 */
public interface WeightMatrix extends Matrix {

  /**
   * Reads the block [row, row + rows) × [column, column + columns), row-major, to the beginning of
   * an array.
   */
  void read(int row, int rows, int column, int columns, float[] into);

  @Override
  default void read(int row, float[] into) {
    read(row, 1, 0, columns(), into);
  }

  @Override
  default WeightMatrix transposed() {
    return new TransposedMatrix(this);
  }

  /**
   * Some of the rows, in their order.
   *
   * @throws IllegalArgumentException when there are fewer
   */
  default WeightMatrix select(RowRange range) {
    return range.isAll(rows()) ? this : new SelectedRows(this, range);
  }

  /**
   * For each row the step of whose whole multiples all its numbers are, as they are where integers
   * were stored; empty where nothing is known of it.
   */
  default Optional<float[]> rowSteps() {
    return Optional.empty();
  }

  /** The same for columns. */
  default Optional<float[]> columnSteps() {
    return Optional.empty();
  }

  /** The same matrix, for a reader of one row after the other: a strip of rows is read at once. */
  default Matrix inStrips() {
    return new MatrixStrips(this);
  }
}
