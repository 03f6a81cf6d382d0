package org.openautoglm.operators.conversion.encoder;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.openautoglm.operators.conversion.graph.Dim;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.GraphBuilder;
import org.openautoglm.operators.conversion.graph.Initializer;
import org.openautoglm.operators.conversion.graph.OnnxWriter;
import org.openautoglm.operators.conversion.graph.Op;
import org.openautoglm.operators.conversion.graph.Progress;

/** Exports of a few thousand weights: a table, one product, and a head of three classes. */
final class TinyEncoder {
  static final int WORDS = 20;
  static final int WIDTH = 32;
  static final int LABELS = 3;

  final float[] table = normal(WORDS * WIDTH, 1);
  final float[] dense = normal(WIDTH * WIDTH, 2);
  final float[] head = normal(LABELS * WIDTH, 3);
  final float[] bias = normal(LABELS, 4);

  private final GraphBuilder graph = new GraphBuilder("tiny", 13);
  private String vectors;

  TinyEncoder() {
    for (String name : List.of("input_ids", "attention_mask")) {
      graph.input(name, ElementType.INT64, Dim.free("batch"), Dim.free("tokens"));
    }
    String words = graph.initializer(Initializer.of("table", table, WORDS, WIDTH));
    vectors = graph.node("Gather", words, "input_ids");
  }

  /** A product as it is exported. */
  TinyEncoder product() {
    vectors =
        graph.node(
            "MatMul", vectors, graph.initializer(Initializer.of("dense", dense, WIDTH, WIDTH)));
    return this;
  }

  /** The same as dynamic quantisation leaves it, with unsigned weights and a zero. */
  TinyEncoder dynamicProduct() {
    float most = 0;
    for (float weight : dense) {
      most = Math.max(most, Math.abs(weight));
    }
    float scale = most / 120;
    byte[] numbers = new byte[dense.length];
    for (int i = 0; i < numbers.length; i++) {
      int number = (int) Math.rint(dense[i] / scale) + 125;
      numbers[i] = (byte) number;
      dense[i] = (number - 125) * scale;
    }
    String weights =
        graph.initializer(
            Initializer.of("dense_quantized", ElementType.UINT8, numbers, WIDTH, WIDTH));
    String zero =
        graph.initializer(Initializer.of("dense_zero", ElementType.UINT8, new byte[] {125}));
    String scales = graph.initializer(Initializer.of("dense_scale", new float[] {scale}));
    List<String> quantized = graph.nodes(Op.of("DynamicQuantizeLinear"), 3, vectors);
    String whole = graph.node("MatMulInteger", quantized.get(0), weights, quantized.get(2), zero);
    vectors =
        graph.node(
            "Mul",
            graph.node(Op.of("Cast").with("to", 1), whole),
            graph.node("Mul", quantized.get(1), scales));
    return this;
  }

  /** Any other node with one input. */
  TinyEncoder then(Op op) {
    vectors = graph.node(op, vectors);
    return this;
  }

  /** Gives the tokens' vectors under that name. */
  Path writeVectors(Path file, String output) throws Exception {
    Dim width = Dim.of(WIDTH);
    return write(file, output, Dim.free("batch"), Dim.free("tokens"), width);
  }

  /** Gives the tokens' vectors. */
  Path writeVectors(Path file) throws Exception {
    return writeVectors(file, "last_hidden_state");
  }

  /** Gives scores of three classes, from the first token. */
  Path writeScores(Path file) throws Exception {
    String first = graph.node(Op.of("Gather").with("axis", 1), vectors, graph.constant(0L));
    vectors =
        graph.node(
            Op.of("Gemm").with("transB", 1),
            first,
            graph.initializer(Initializer.of("head", head, LABELS, WIDTH)),
            graph.initializer(Initializer.of("bias", bias, LABELS)));
    return write(file, "logits", Dim.free("batch"), Dim.of(LABELS));
  }

  private Path write(Path file, String output, Dim... dims) throws Exception {
    graph.node(Op.of("Identity"), List.of(vectors), List.of(output));
    graph.output(output, ElementType.FLOAT, dims);
    OnnxWriter.write(graph.build(Map.of()), file, Progress.SILENT);
    return file;
  }

  /** A token's vector after the product. */
  double[] vector(long token) {
    double[] vector = new double[WIDTH];
    for (int k = 0; k < WIDTH; k++) {
      for (int n = 0; n < WIDTH; n++) {
        vector[n] += (double) table[(int) token * WIDTH + k] * dense[k * WIDTH + n];
      }
    }
    return vector;
  }

  /** The scores of a row that begins with this token. */
  double[] scores(long token) {
    double[] vector = vector(token);
    double[] scores = new double[LABELS];
    for (int label = 0; label < LABELS; label++) {
      scores[label] = bias[label];
      for (int k = 0; k < WIDTH; k++) {
        scores[label] += vector[k] * head[label * WIDTH + k];
      }
    }
    return scores;
  }

  private static float[] normal(int count, long seed) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() / Math.sqrt(WIDTH));
    }
    return values;
  }
}
