package org.openautoglm.operators.conversion.quantization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openautoglm.operators.conversion.graph.Dim;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.GraphBuilder;
import org.openautoglm.operators.conversion.graph.OnnxFile;
import org.openautoglm.operators.conversion.graph.OnnxWriter;
import org.openautoglm.operators.conversion.graph.Progress;
import org.openautoglm.operators.conversion.testing.GraphRun;

class WholeRowsTest {
  private static final int IN = 80;
  private static final int OUT = 48;
  private static final int ROWS = 6;

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void multipliesCloselyAndEachRowByItself(boolean fine) throws Exception {
    float[] weights = Numbers.normal(OUT * IN, 1);
    float[] x = Numbers.normal(ROWS * IN, 2);
    for (int i = 0; i < IN; i++) {
      x[2 * IN + i] = 0;
      x[3 * IN + i] *= 1000;
    }
    // Beside such a number 8 bits leave little of the others, and 16 do.
    x[4 * IN] = 100;
    Path file = write(outputs(weights, Optional.empty()), fine);
    float[] kept = dequantized(OnnxFile.open(file));

    try (GraphRun run = new GraphRun(file)) {
      float[] together = run.with("x", x, ROWS, 1, IN).floats("y");
      for (int row = 0; row < ROWS; row++) {
        float[] one = Arrays.copyOfRange(x, row * IN, (row + 1) * IN);
        float[] y = Arrays.copyOfRange(together, row * OUT, (row + 1) * OUT);
        assertThat(run.with("x", one, 1, 1, IN).floats("y")).containsExactly(y);
        if (row == 2) {
          assertThat(y).containsOnly(0);
        } else if (row == 4) {
          one[0] = 0;
          float[] largest = new float[IN];
          largest[0] = 100;
          float[] rest = minus(y, product(largest, kept));
          double error = Numbers.relativeError(rest, product(one, kept));
          assertThat(error).isBetween(fine ? 1e-4 : 0.1, fine ? 0.01 : 1);
        } else {
          double error = Numbers.relativeError(y, product(one, kept));
          assertThat(error).isBetween(fine ? 1e-6 : 1e-3, fine ? 1e-4 : 0.02);
        }
      }
    }
  }

  @Test
  void wholeNumbersAreKeptAsTheyWere() throws Exception {
    // Numbers around 7 rather than 0, as of weights that were stored unsigned.
    float[] weights = new float[OUT * IN];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (i * 31 % 256 - 121) * 0.003f;
    }
    float[] steps = new float[OUT];
    Arrays.fill(steps, 0.003f);
    OnnxFile file = OnnxFile.open(write(outputs(weights, Optional.of(steps)), false));
    assertThat(file.tensor("zero").orElseThrow().integers()).containsExactly(121);
    assertThat(dequantized(file)).containsExactly(weights);
  }

  @Test
  void whatDoesNotFitIsRoundedAnew() throws Exception {
    float[] weights = new float[OUT * IN];
    weights[0] = 200;
    weights[1] = -100;
    float[] steps = new float[OUT];
    Arrays.fill(steps, 1);
    OnnxFile file = OnnxFile.open(write(outputs(weights, Optional.of(steps)), false));
    assertThat(file.tensor("zero").orElseThrow().integers()).containsExactly(128);
    assertThat(dequantized(file)[0]).isEqualTo(200);
    assertThat(dequantized(file)[1]).isCloseTo(-100, within(0.8f));
    assertThat(dequantized(file)[IN]).isZero();
  }

  private static WholeOutputs outputs(float[] weights, Optional<float[]> steps) {
    Matrix matrix = Matrix.of(OUT, IN, weights);
    return new WholeOutputs(matrix, matrix.transposed(), steps);
  }

  private Path write(WholeOutputs weights, boolean fine) throws Exception {
    GraphBuilder graph = new GraphBuilder("rows", 21);
    String x = graph.input("x", ElementType.FLOAT, Dim.free("rows"), Dim.free("n"), Dim.of(IN));
    WholeRows rows = fine ? WholeRows.fine(graph, x) : WholeRows.coarse(graph, x);
    String y =
        rows.multiply(
            graph,
            "y",
            graph.initializer(weights.factors("factors")),
            graph.initializer(weights.steps("steps", WholeRows.SHARE)),
            graph.initializer(weights.zero("zero")));
    graph.output(y, ElementType.FLOAT, Dim.free("rows"), Dim.free("n"), Dim.of(OUT));
    Path file = directory.resolve("model.onnx");
    OnnxWriter.write(graph.build(Map.of()), file, Progress.SILENT);
    return file;
  }

  /** What the stored numbers stand for, [out, in]. */
  private static float[] dequantized(OnnxFile file) throws Exception {
    List<Long> shape = file.tensor("factors").orElseThrow().dims();
    assertThat(shape).containsExactly((long) IN, (long) OUT);
    long[] factors = file.tensor("factors").orElseThrow().integers();
    long zero = file.tensor("zero").orElseThrow().integers()[0];
    float[] steps = file.tensor("steps").orElseThrow().floats();
    float[] weights = new float[OUT * IN];
    for (int out = 0; out < OUT; out++) {
      for (int in = 0; in < IN; in++) {
        double step = Math.rint(steps[out] * (double) WholeRows.MOST * 1e7) / 1e7;
        weights[out * IN + in] = (factors[in * OUT + out] - zero) * (float) step;
      }
    }
    return weights;
  }

  private static float[] product(float[] x, float[] weights) {
    float[] y = new float[OUT];
    for (int out = 0; out < OUT; out++) {
      double sum = 0;
      for (int in = 0; in < IN; in++) {
        sum += (double) x[in] * weights[out * IN + in];
      }
      y[out] = (float) sum;
    }
    return y;
  }

  private static float[] minus(float[] a, float[] b) {
    float[] difference = a.clone();
    for (int i = 0; i < a.length; i++) {
      difference[i] -= b[i];
    }
    return difference;
  }
}
