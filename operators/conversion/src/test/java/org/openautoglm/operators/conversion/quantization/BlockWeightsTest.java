package org.openautoglm.operators.conversion.quantization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openautoglm.operators.conversion.graph.Dim;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.GraphBuilder;
import org.openautoglm.operators.conversion.graph.OnnxFile;
import org.openautoglm.operators.conversion.graph.OnnxWriter;
import org.openautoglm.operators.conversion.graph.Progress;
import org.openautoglm.operators.conversion.testing.GraphRun;

/** The layouts, read back plainly and run by ONNX Runtime. */
class BlockWeightsTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({"8, 32, 96", "8, 32, 80", "4, 32, 96", "4, 32, 80", "8, 64, 128", "4, 16, 48"})
  void multiplies(int bits, int block, int columns) throws Exception {
    int rows = 24;
    float[] values = Numbers.normal(rows * columns, bits);
    BlockWeights weights = new BlockWeights(Matrix.of(rows, columns, values), bits, block);
    GraphBuilder graph = new GraphBuilder("blocks", 17);
    String x = graph.input("x", ElementType.FLOAT, Dim.free("m"), Dim.of(columns));
    String y =
        graph.node(
            weights.matMul(),
            x,
            graph.initializer(weights.weights("q")),
            graph.initializer(weights.scales("s")));
    graph.output(y, ElementType.FLOAT, Dim.free("m"), Dim.of(rows));
    Path file = directory.resolve("model.onnx");
    OnnxWriter.write(graph.build(Map.of()), file, Progress.SILENT);

    float[] plain = dequantized(OnnxFile.open(file), bits, block, rows, columns);
    float worst = 0;
    for (int i = 0; i < plain.length; i++) {
      worst = Math.max(worst, Math.abs(plain[i] - values[i]));
    }
    assertThat(worst).isLessThan(bits == 8 ? 0.02f : 0.3f).isPositive();

    float[] a = Numbers.normal(5 * columns, 9);
    float[] expected = new float[5 * rows];
    for (int m = 0; m < 5; m++) {
      for (int n = 0; n < rows; n++) {
        double sum = 0;
        for (int k = 0; k < columns; k++) {
          sum += (double) a[m * columns + k] * plain[n * columns + k];
        }
        expected[m * rows + n] = (float) sum;
      }
    }
    try (GraphRun run = new GraphRun(file).with("x", a, 5, columns)) {
      // The kernel makes 8 bits of the activations too.
      assertThat(Numbers.relativeError(expected, run.floats(y))).isLessThan(0.01);
    }
  }

  /** By the layout's own words, and not with the writer's code. */
  private static float[] dequantized(OnnxFile file, int bits, int block, int rows, int columns) {
    long[] q = file.tensor("q").orElseThrow().integers();
    float[] scales = file.tensor("s").orElseThrow().floats();
    int blocks = (columns + block - 1) / block;
    assertThat(file.tensor("q").orElseThrow().dims())
        .containsExactly((long) rows, (long) blocks, (long) block * bits / 8);
    assertThat(file.tensor("s").orElseThrow().dims()).containsExactly((long) rows, (long) blocks);
    float[] plain = new float[rows * columns];
    for (int n = 0; n < rows; n++) {
      for (int k = 0; k < columns; k++) {
        int index = n * blocks * block + k;
        long whole =
            bits == 8
                ? q[index] - 128
                : (index % 2 == 0 ? q[index / 2] & 15 : q[index / 2] >> 4) - 8;
        plain[n * columns + k] = whole * scales[n * blocks + k / block];
      }
    }
    return plain;
  }

  @ParameterizedTest
  @CsvSource({"8", "4"})
  void looksVectorsUp(int bits) throws Exception {
    float[] values = Numbers.normal(50 * 64, 3);
    BlockWeights table = new BlockWeights(Matrix.of(50, 64, values), bits);
    GraphBuilder graph = new GraphBuilder("table", 17);
    String ids = graph.input("ids", ElementType.INT64, Dim.free("b"), Dim.free("s"));
    String vectors =
        graph.node(
            table.gather(),
            graph.initializer(table.table("q")),
            ids,
            graph.initializer(table.scales("s")));
    graph.output(vectors, ElementType.FLOAT, Dim.free("b"), Dim.free("s"), Dim.of(64));
    Path file = directory.resolve("model.onnx");
    OnnxWriter.write(graph.build(Map.of()), file, Progress.SILENT);
    long[] rows = {49, 0, 7, 7, 1, 30};
    try (GraphRun run = new GraphRun(file).with("ids", rows, 2, 3)) {
      float[] found = run.floats(vectors);
      for (int i = 0; i < rows.length; i++) {
        for (int column = 0; column < 64; column++) {
          float block = 0;
          for (int k = column / 32 * 32; k < column / 32 * 32 + 32; k++) {
            block = Math.max(block, Math.abs(values[(int) rows[i] * 64 + k]));
          }
          assertThat(found[i * 64 + column])
              .isCloseTo(
                  values[(int) rows[i] * 64 + column],
                  within(block / (bits == 8 ? 127 : 7) * 0.501f));
        }
      }
    }
  }

  @Test
  void zerosStayZeros() throws Exception {
    BlockWeights weights = new BlockWeights(Matrix.of(1, 32, new float[32]), 8);
    GraphBuilder graph = new GraphBuilder("zeros", 17);
    String x = graph.input("x", ElementType.FLOAT, Dim.free("m"), Dim.of(32));
    String y =
        graph.node(
            weights.matMul(),
            x,
            graph.initializer(weights.weights("q")),
            graph.initializer(weights.scales("s")));
    graph.output(y, ElementType.FLOAT, Dim.free("m"), Dim.of(1));
    Path file = directory.resolve("model.onnx");
    OnnxWriter.write(graph.build(Map.of()), file, Progress.SILENT);
    try (GraphRun run = new GraphRun(file).with("x", Numbers.normal(32, 1), 1, 32)) {
      assertThat(run.floats(y)).containsExactly(0f);
    }
  }

  @Test
  void refusesWhatTheOperatorsDoNotTake() {
    Matrix matrix = Matrix.of(1, 40, new float[40]);
    assertThatThrownBy(() -> new BlockWeights(matrix, 5)).hasMessageContaining("8 or 4 bits");
    assertThatThrownBy(() -> new BlockWeights(matrix, 8, 48)).hasMessageContaining("not 48");
    assertThatThrownBy(() -> new BlockWeights(matrix, 8).table("t"))
        .hasMessageContaining("t: rows of 40 are not whole blocks of 32");
  }
}
