package org.openautoglm.operators.conversion.quantization;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.GraphBuilder;
import org.openautoglm.operators.conversion.graph.Initializer;
import org.openautoglm.operators.conversion.graph.Op;
import org.openautoglm.operators.conversion.graph.TensorOutput;

/**
 * A product of whole numbers ("rowq"): each row of activations has a scale and a zero of its own,
 * and each column of weights a scale. The sums are of whole numbers and therefore exact, and
 * nothing of a row depends on its neighbours; a dynamically quantised export shares one scale among
 * all rows.
 *
 * <pre>
 *   s = (max(a, 0) − min(a, 0)) / 255     z = round(−min(a, 0) / s)     for each row
 *   q = round(a / s) + z, unsigned        bScale = max(|b|) / 127       for each column
 *   y = ((q − 128) · B · bScale − (z − 128) · Σ B · bScale) · s
 * </pre>
 *
 * @param matrix {@code [K, N]}, as {@code MatMul} has its second input
 * @param products how the weights are stored
 */
public record RowwiseInt8(Matrix matrix, ByteProducts products) {
  private static final int MOST = 127;
  private static final int STEPS = 255;

  /** The number that the kernel takes for zero, whatever a row's own zero is. */
  private static final float KERNEL_ZERO = 128;

  /** Stands for the scale of a row of zeros, which must not divide by it. */
  private static final float LEAST_SCALE = 1e-30f;

  /**
   * Activations of 8 bits, which may be multiplied with several matrices.
   *
   * @param numbers uint8 {@code [..., K]}
   * @param scales float {@code [..., 1]}
   * @param zeros float {@code [..., 1]}: the numbers that stand for zero, minus 128
   */
  public record Quantized(String numbers, String scales, String zeros) {}

  /**
   * Adds the nodes that quantise activations, row by row. Most rows reach further on one side of
   * zero than on the other, and with a zero of its own each uses all 256 numbers.
   *
   * @param activations float {@code [..., K]}
   */
  public static Quantized quantize(GraphBuilder graph, String activations) {
    String nothing = graph.constant(0f);
    String most = graph.node("Max", reduce(graph, "ReduceMax", activations), nothing);
    String least = graph.node("Min", reduce(graph, "ReduceMin", activations), nothing);
    String step = graph.node("Mul", graph.node("Sub", most, least), graph.constant(1f / STEPS));
    String scales = graph.node("Max", step, graph.constant(LEAST_SCALE));
    String zeros = graph.node("Round", graph.node("Div", graph.node("Neg", least), scales));
    String numbers =
        graph.node(
            Op.of("QuantizeLinear").with("axis", 0),
            graph.node(Op.of("Flatten").with("axis", -1), activations),
            graph.node("Reshape", scales, graph.constants(-1)),
            graph.node(
                Op.of("Cast").with("to", ElementType.UINT8.code()),
                graph.node("Reshape", zeros, graph.constants(-1))));
    String shaped = graph.node("Reshape", numbers, graph.node("Shape", activations));
    return new Quantized(shaped, scales, graph.node("Sub", zeros, graph.constant(KERNEL_ZERO)));
  }

  /**
   * Adds the product of quantised activations with this matrix.
   *
   * @param weights the name of {@link #weights}, which is in the graph already
   * @param weightScales the name of {@link #scales}, likewise
   * @param weightSums the name of {@link #sums}, likewise
   * @return float {@code [..., N]}
   */
  public String multiply(
      GraphBuilder graph, Quantized rows, String weights, String weightScales, String weightSums) {
    String product =
        graph.node(
            Op.microsoft("MatMulIntegerToFloat"),
            rows.numbers(),
            weights,
            graph.constant(1f),
            weightScales,
            zero(graph, ByteProducts.UNSIGNED),
            zero(graph, products));
    String ofZeros = graph.node("Mul", rows.zeros(), weightSums);
    return graph.node("Mul", graph.node("Sub", product, ofZeros), rows.scales());
  }

  /** int8 or uint8 {@code [K, N]}. */
  public Initializer weights(String name) {
    return new Initializer(
        name,
        products.type(),
        List.of((long) matrix.rows(), (long) matrix.columns()),
        this::writeWeights);
  }

  /** float {@code [N]}. */
  public Initializer scales(String name) {
    return new Initializer(
        name,
        ElementType.FLOAT,
        List.of((long) matrix.columns()),
        out -> {
          float[] scales = columnScales();
          out.floats(scales, 0, scales.length);
        });
  }

  /** float {@code [N]}: what a column's rounded weights add up to. */
  public Initializer sums(String name) {
    return new Initializer(
        name,
        ElementType.FLOAT,
        List.of((long) matrix.columns()),
        out -> {
          float[] sums = columnSums();
          out.floats(sums, 0, sums.length);
        });
  }

  private float[] columnSums() {
    float[] scales = columnScales();
    long[] numbers = new long[scales.length];
    float[] row = new float[scales.length];
    for (int k = 0; k < matrix.rows(); k++) {
      matrix.read(k, row);
      for (int n = 0; n < row.length; n++) {
        numbers[n] += number(row[n], scales[n]);
      }
    }
    float[] sums = new float[scales.length];
    for (int n = 0; n < sums.length; n++) {
      sums[n] = (float) (numbers[n] * (double) scales[n]);
    }
    return sums;
  }

  private static int number(float weight, float scale) {
    return scale == 0 ? 0 : (int) Math.rint(weight / scale);
  }

  private void writeWeights(TensorOutput out) throws IOException {
    float[] scales = columnScales();
    float[] row = new float[scales.length];
    byte[] whole = new byte[scales.length];
    for (int k = 0; k < matrix.rows(); k++) {
      matrix.read(k, row);
      for (int n = 0; n < row.length; n++) {
        whole[n] = (byte) (number(row[n], scales[n]) + products.zero());
      }
      out.bytes(whole, 0, whole.length);
    }
  }

  private float[] columnScales() {
    float[] scales = new float[matrix.columns()];
    float[] row = new float[scales.length];
    for (int k = 0; k < matrix.rows(); k++) {
      matrix.read(k, row);
      for (int n = 0; n < row.length; n++) {
        scales[n] = Math.max(scales[n], Math.abs(row[n]));
      }
    }
    for (int n = 0; n < scales.length; n++) {
      scales[n] /= MOST;
    }
    return scales;
  }

  /** Over the last axis; since operator set 18 an input says which. */
  private static String reduce(GraphBuilder graph, String type, String value) {
    return graph.opset() < 18
        ? graph.node(Op.of(type).withAll("axes", -1), value)
        : graph.node(Op.of(type), value, graph.constants(-1));
  }

  private static String zero(GraphBuilder graph, ByteProducts kind) {
    String name = "rowq.zero." + kind.type().name().toLowerCase(Locale.ROOT);
    byte[] value = {(byte) kind.zero()};
    return graph.has(name) ? name : graph.initializer(Initializer.of(name, kind.type(), value, 1));
  }
}
