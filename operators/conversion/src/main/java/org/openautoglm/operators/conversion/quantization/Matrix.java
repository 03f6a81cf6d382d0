package org.openautoglm.operators.conversion.quantization;

import org.openautoglm.operators.conversion.graph.StoredTensor;

/**
 * A matrix of floats that is read row by row, from a memory map as a rule. Rows in rising order are
 * cheap; any order is right.
 */
public interface Matrix {

  int rows();

  int columns();

  /**
   * Copies one row.
   *
   * @param into as long as a row at least
   */
  void read(int row, float[] into);

  /** A stored tensor of two dimensions. */
  static Matrix of(StoredTensor tensor) {
    if (tensor.dims().size() != 2) {
      throw new IllegalArgumentException(tensor + " is not a matrix");
    }
    int rows = Math.toIntExact(tensor.dims().get(0));
    int columns = Math.toIntExact(tensor.dims().get(1));
    return new Matrix() {
      @Override
      public int rows() {
        return rows;
      }

      @Override
      public int columns() {
        return columns;
      }

      @Override
      public void read(int row, float[] into) {
        tensor.floats((long) row * columns, into, 0, columns);
      }
    };
  }

  /** A matrix in memory, row by row; for small ones. */
  static Matrix of(int rows, int columns, float[] values) {
    if (values.length != rows * columns) {
      throw new IllegalArgumentException(
          values.length + " numbers are no matrix of " + rows + " × " + columns);
    }
    return new Matrix() {
      @Override
      public int rows() {
        return rows;
      }

      @Override
      public int columns() {
        return columns;
      }

      @Override
      public void read(int row, float[] into) {
        System.arraycopy(values, row * columns, into, 0, columns);
      }
    };
  }

  /**
   * The same with rows and columns exchanged: from the {@code [in, out]} of {@code MatMul} to the
   * {@code [out, in]} of checkpoints and of {@code MatMulNBits}, and back.
   */
  default Matrix transposed() {
    return new Transposed(this);
  }
}
