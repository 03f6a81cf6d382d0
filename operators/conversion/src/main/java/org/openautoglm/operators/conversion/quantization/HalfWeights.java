package org.openautoglm.operators.conversion.quantization;

import java.util.List;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.HalfFloats;
import org.openautoglm.operators.conversion.graph.Initializer;

/**
 * A matrix in half precision, for graphs that compute in it.
 *
 * @param matrix of any shape; numbers beyond 65504 become infinite
 */
public record HalfWeights(Matrix matrix) {

  /** float16 {@code [rows, columns]}. */
  public Initializer weights(String name) {
    return new Initializer(
        name,
        ElementType.FLOAT16,
        List.of((long) matrix.rows(), (long) matrix.columns()),
        out -> {
          float[] row = new float[matrix.columns()];
          for (int i = 0; i < matrix.rows(); i++) {
            matrix.read(i, row);
            for (float value : row) {
              out.half(HalfFloats.toHalf(value));
            }
          }
        });
  }

  /** float16 {@code [rows · columns]}: the same in one dimension, for a bias or a norm. */
  public Initializer vector(String name) {
    Initializer weights = weights(name);
    return new Initializer(
        name, weights.type(), List.of((long) matrix.rows() * matrix.columns()), weights.content());
  }
}
