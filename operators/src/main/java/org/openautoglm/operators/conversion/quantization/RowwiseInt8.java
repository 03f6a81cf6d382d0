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
 * A product of whole numbers ("rowq"): each row of activations has a scale of its own, and so has
 * each column of weights. The sums are of whole numbers and therefore exact, and nothing of a row
 * depends on its neighbours; a dynamically quantised export shares one scale among all rows.
 *
 * <pre>
 *   s = max(|a|) / 127 for each row       q = round(a / s) + 128, unsigned
 *   y = (q − 128) · B · bScale · s        bScale = max(|b|) / 127 for each column
 * </pre>
 *
 * @param matrix {@code [K, N]}, as {@code MatMul} has its second input
 * @param products how the weights are stored
 */
public record RowwiseInt8(Matrix matrix, ByteProducts products) {
  private static final int MOST = 127;

  /**
   * Activations of 8 bits, which may be multiplied with several matrices.
   *
   * @param numbers uint8 {@code [..., K]}, whose zero is 128
   * @param scales float {@code [..., 1]}
   */
  public record Quantized(String numbers, String scales) {}

  /**
   * Adds the nodes that quantise activations, row by row. A row of zeros has the scale 0, and
   * whatever numbers stand for it are multiplied by that.
   *
   * @param activations float {@code [..., K]}
   */
  public static Quantized quantize(GraphBuilder graph, String activations) {
    String most = reduce(graph, "ReduceMax", activations);
    String least = reduce(graph, "ReduceMin", activations);
    String magnitude = graph.node("Max", most, graph.node("Neg", least));
    String scales = graph.node("Mul", magnitude, graph.constant(1f / MOST));
    String flat = graph.node("Reshape", scales, graph.constants(-1));
    String zeros =
        graph.node("Expand", zero(graph, ByteProducts.UNSIGNED), graph.node("Shape", flat));
    String numbers =
        graph.node(
            Op.of("QuantizeLinear").with("axis", 0),
            graph.node(Op.of("Flatten").with("axis", -1), activations),
            flat,
            zeros);
    String shaped = graph.node("Reshape", numbers, graph.node("Shape", activations));
    return new Quantized(shaped, scales);
  }

  /**
   * Adds the product of quantised activations with this matrix.
   *
   * @param weights the name of {@link #weights}, which is in the graph already
   * @param weightScales the name of {@link #scales}, likewise
   * @return float {@code [..., N]}
   */
  public String multiply(GraphBuilder graph, Quantized rows, String weights, String weightScales) {
    String product =
        graph.node(
            Op.microsoft("MatMulIntegerToFloat"),
            rows.numbers(),
            weights,
            graph.constant(1f),
            weightScales,
            zero(graph, ByteProducts.UNSIGNED),
            zero(graph, products));
    return graph.node("Mul", product, rows.scales());
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

  private void writeWeights(TensorOutput out) throws IOException {
    float[] scales = columnScales();
    float[] row = new float[scales.length];
    byte[] whole = new byte[scales.length];
    for (int k = 0; k < matrix.rows(); k++) {
      matrix.read(k, row);
      for (int n = 0; n < row.length; n++) {
        int number = scales[n] == 0 ? 0 : (int) Math.rint(row[n] / scales[n]);
        whole[n] = (byte) (number + products.zero());
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
