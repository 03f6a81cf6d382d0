package org.openautoglm.operators.conversion.quantization;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.Initializer;

/**
 * A linear layer's weights as whole numbers of 8 bits: {@code w ≈ (q − zero) · step}, a step for
 * each output and one zero for all. What was stored as whole numbers is kept as it was, so that it
 * is not rounded twice; else {@code step = max(|w|) / 127} and the zero is 128. Numbers are
 * unsigned, for products of those are exact on every CPU, see {@link ByteProducts}.
 *
 * <p>Nothing is read before it is asked for. For one thread.
 */
public final class WholeOutputs {
  private static final int MOST = 127;
  private static final int MIDDLE = 128;
  private static final int NUMBERS_MAX = 255;

  private final Matrix weights;
  private final Matrix turned;
  private final Optional<float[]> stored;
  private float[] steps;
  private int zero;

  /**
   * @param weights {@code [out, in]}
   * @param turned the same as {@code [in, out]}
   * @param stored for each output the step of whose multiples its weights are, if they are
   */
  public WholeOutputs(Matrix weights, Matrix turned, Optional<float[]> stored) {
    this.weights = weights;
    this.turned = turned;
    this.stored = stored;
  }

  /** uint8 {@code [in, out]}, as products have their second input. */
  public Initializer factors(String name) {
    return numbers(name, turned, false);
  }

  /** uint8 {@code [out, in]}: of a table, a row for each token. */
  public Initializer table(String name) {
    return numbers(name, weights, true);
  }

  /**
   * float {@code [out]}: the steps.
   *
   * @param share what they are multiplied with
   */
  public Initializer steps(String name, float share) {
    return new Initializer(
        name,
        ElementType.FLOAT,
        List.of((long) weights.rows()),
        out -> {
          read();
          float[] shares = new float[steps.length];
          for (int i = 0; i < shares.length; i++) {
            shares[i] = steps[i] * share;
          }
          out.floats(shares, 0, shares.length);
        });
  }

  /** uint8, a single one: the number that stands for 0. */
  public Initializer zero(String name) {
    return new Initializer(
        name,
        ElementType.UINT8,
        List.of(),
        out -> {
          read();
          out.bytes(new byte[] {(byte) zero}, 0, 1);
        });
  }

  private Initializer numbers(String name, Matrix matrix, boolean ofOutputs) {
    return new Initializer(
        name,
        ElementType.UINT8,
        List.of((long) matrix.rows(), (long) matrix.columns()),
        out -> {
          read();
          float[] row = new float[matrix.columns()];
          byte[] numbers = new byte[row.length];
          for (int i = 0; i < matrix.rows(); i++) {
            matrix.read(i, row);
            for (int j = 0; j < row.length; j++) {
              numbers[j] = (byte) (number(row[j], steps[ofOutputs ? i : j]) + zero);
            }
            out.bytes(numbers, 0, numbers.length);
          }
        });
  }

  private static int number(float weight, float step) {
    return step == 0 ? 0 : (int) Math.rint(weight / step);
  }

  /** Finds steps and zero, once. */
  private void read() throws IOException {
    if (steps != null) {
      return;
    }
    float[] largest = new float[weights.rows()];
    int least = 0;
    int most = 0;
    float[] row = new float[weights.columns()];
    for (int i = 0; i < largest.length; i++) {
      weights.read(i, row);
      for (float weight : row) {
        largest[i] = Math.max(largest[i], Math.abs(weight));
        if (stored.isPresent()) {
          int number = number(weight, stored.get()[i]);
          least = Math.min(least, number);
          most = Math.max(most, number);
        }
      }
    }
    boolean kept = stored.isPresent() && (long) most - least <= NUMBERS_MAX;
    if (kept) {
      steps = stored.get();
      zero = least >= -MIDDLE && most <= MOST ? MIDDLE : -least;
      return;
    }
    zero = MIDDLE;
    for (int i = 0; i < largest.length; i++) {
      largest[i] /= MOST;
    }
    steps = largest;
  }
}
