package org.openautoglm.operators.conversion.weights;

import java.util.List;
import org.openautoglm.operators.conversion.graph.StoredTensor;

/**
 * A weight by its name.
 *
 * @param name for messages
 * @param shape its sizes, outermost first, as PyTorch keeps it: [out, in] for a linear layer
 * @param matrix its numbers: of a vector one row, of more than two dimensions a row for each of the
 *     first
 */
public record Weight(String name, List<Long> shape, WeightMatrix matrix) {
  public Weight {
    shape = List.copyOf(shape);
  }

  /**
   * A tensor as it lies in a file.
   *
   * @throws CheckpointException when it is beyond what can be addressed
   */
  static Weight of(String name, StoredTensor tensor) throws CheckpointException {
    List<Long> shape = tensor.dims();
    long rows = shape.size() < 2 ? 1 : shape.get(0);
    long columns = rows == 0 ? 0 : tensor.elements() / rows;
    if (rows > Integer.MAX_VALUE || columns > Integer.MAX_VALUE) {
      throw new CheckpointException(name + " of shape " + shape + " is too large to be converted");
    }
    return new Weight(name, shape, new StoredMatrix(tensor, (int) rows, (int) columns));
  }

  /** A matrix of two dimensions. */
  static Weight of(String name, WeightMatrix matrix) {
    return new Weight(name, List.of((long) matrix.rows(), (long) matrix.columns()), matrix);
  }

  /** All of it, row by row, for what is small: a norm, a bias. */
  public float[] values() {
    float[] all = new float[Math.multiplyExact(matrix.rows(), matrix.columns())];
    matrix.read(0, matrix.rows(), 0, matrix.columns(), all);
    return all;
  }
}
