package org.openautoglm.operators.conversion.quantization;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openautoglm.operators.conversion.graph.Dim;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.GraphBuilder;
import org.openautoglm.operators.conversion.graph.OnnxFile;
import org.openautoglm.operators.conversion.graph.OnnxWriter;
import org.openautoglm.operators.conversion.graph.Op;
import org.openautoglm.operators.conversion.graph.Progress;
import org.openautoglm.operators.conversion.quantization.RowwiseInt8.Quantized;
import org.openautoglm.operators.conversion.testing.GraphRun;

class RowwiseInt8Test {
  private static final int K = 80;
  private static final int N = 48;
  private static final int ROWS = 7;

  @TempDir private Path directory;

  /** Signed weights saturate where there is no VNNI, but not where every other one is 0. */
  @ParameterizedTest
  @EnumSource(ByteProducts.class)
  void multipliesAsThePlainComputationDoes(ByteProducts products) throws Exception {
    float[] b = Numbers.normal(K * N, 1);
    for (int i = 0; i < b.length; i++) {
      b[i] *= products == ByteProducts.SIGNED && i / N % 2 == 0 ? 0 : 1;
    }
    float[] a = Numbers.normal(ROWS * K, 2);
    for (int row = 0; row < ROWS; row++) {
      for (int k = 0; k < K; k++) {
        // A row of large numbers would ruin the others if they shared a scale; row 2 is all zeros,
        // row 4 is of one sign, row 5 lies far to one side.
        int at = row * K + k;
        a[at] *= row == 3 ? 1000 : row == 2 ? 0 : 1;
        a[at] = row == 4 ? Math.abs(a[at]) : row == 5 ? a[at] - 3 : a[at];
      }
    }
    Path file = write(new RowwiseInt8(Matrix.of(K, N, b), products));
    float[] expected = plain(OnnxFile.open(file), a, products.zero());
    assertThat(Numbers.relativeError(product(a, b), expected)).isBetween(1e-4, 0.01);
    try (GraphRun run = new GraphRun(file)) {
      float[] together = run.with("x", a, ROWS, K).floats("y");
      assertThat(Numbers.relativeError(expected, together)).isLessThan(1e-6);
      for (int n = 0; n < N; n++) {
        assertThat(Math.abs(together[2 * N + n])).isLessThan(1e-30f);
      }
      for (int row = 0; row < ROWS; row++) {
        assertThat(run.with("x", Arrays.copyOfRange(a, row * K, (row + 1) * K), 1, K).floats("y"))
            .containsExactly(Arrays.copyOfRange(together, row * N, (row + 1) * N));
      }
    }
  }

  @Test
  void chooseByTheCpu() {
    assertThat(ByteProducts.of("flags : sse4_2 avx2 fma")).isEqualTo(ByteProducts.UNSIGNED);
    assertThat(ByteProducts.of("flags\t: avx512f avx512_vnni\n")).isEqualTo(ByteProducts.SIGNED);
    assertThat(ByteProducts.of("flags : avx2 avx_vnni x")).isEqualTo(ByteProducts.SIGNED);
  }

  private Path write(RowwiseInt8 weights) throws Exception {
    GraphBuilder graph = new GraphBuilder("rowq", 17);
    String x = graph.input("x", ElementType.FLOAT, Dim.free("m"), Dim.of(K));
    Quantized rows = RowwiseInt8.quantize(graph, x);
    String y =
        weights.multiply(
            graph,
            rows,
            graph.initializer(weights.weights("q")),
            graph.initializer(weights.scales("s")),
            graph.initializer(weights.sums("sums")));
    graph.node(Op.of("Identity"), List.of(y), List.of("y"));
    graph.output("y", ElementType.FLOAT, Dim.free("m"), Dim.of(N));
    Path file = directory.resolve("model.onnx");
    OnnxWriter.write(graph.build(Map.of()), file, Progress.SILENT);
    return file;
  }

  /** The definition, with the stored weights: halves may round either way, so they do not occur. */
  private static float[] plain(OnnxFile file, float[] a, int zero) {
    long[] q = file.tensor("q").orElseThrow().integers();
    float[] scales = file.tensor("s").orElseThrow().floats();
    float[] y = new float[ROWS * N];
    for (int row = 0; row < ROWS; row++) {
      float most = 0;
      float least = 0;
      for (int k = 0; k < K; k++) {
        most = Math.max(most, a[row * K + k]);
        least = Math.min(least, a[row * K + k]);
      }
      float s = (most - least) * (1f / 255);
      double rowZero = Math.rint(-least / s);
      for (int n = 0; n < N && s > 0; n++) {
        long sum = 0;
        for (int k = 0; k < K; k++) {
          double number = Math.rint(a[row * K + k] / s) + rowZero;
          long clipped = (long) Math.min(255, Math.max(0, number));
          sum += (clipped - (long) rowZero) * (q[k * N + n] - zero);
        }
        y[row * N + n] = sum * scales[n] * s;
      }
    }
    return y;
  }

  private static float[] product(float[] a, float[] b) {
    float[] y = new float[ROWS * N];
    for (int row = 0; row < ROWS; row++) {
      for (int n = 0; n < N; n++) {
        double sum = 0;
        for (int k = 0; k < K; k++) {
          sum += (double) a[row * K + k] * b[k * N + n];
        }
        y[row * N + n] = (float) sum;
      }
    }
    return y;
  }
}
