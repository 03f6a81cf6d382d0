package org.openautoglm.operators.conversion.encoder;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.openautoglm.operators.conversion.encoder.Step.Lookup;
import org.openautoglm.operators.conversion.encoder.Step.Product;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.GraphBuilder;
import org.openautoglm.operators.conversion.graph.Initializer;
import org.openautoglm.operators.conversion.graph.Op;
import org.openautoglm.operators.conversion.quantization.BlockWeights;
import org.openautoglm.operators.conversion.quantization.ByteProducts;
import org.openautoglm.operators.conversion.quantization.HalfWeights;
import org.openautoglm.operators.conversion.quantization.Matrix;
import org.openautoglm.operators.conversion.quantization.RowwiseInt8;
import org.openautoglm.operators.conversion.quantization.RowwiseInt8.Quantized;

/** Adds products and lookups to a graph, with the weights that are wanted. */
final class EncoderProducts {
  private static final int BITS = 8;

  private final GraphBuilder graph;
  private final EncoderWeights weights;
  private final ByteProducts bytes;

  /** Activations that several products share, such as those of queries, keys and values. */
  private final Map<String, Quantized> quantized = new HashMap<>();

  /**
   * @param bytes how row-wise weights are stored
   */
  EncoderProducts(GraphBuilder graph, EncoderWeights weights, ByteProducts bytes) {
    this.graph = graph;
    this.weights = weights;
    this.bytes = bytes;
  }

  void add(Product product) {
    String name = product.name();
    Matrix matrix = product.weights();
    String result =
        switch (weights) {
          case FP32 ->
              graph.node("MatMul", product.activations(), once(name, () -> floats(name, matrix)));
          case ROWWISE_INT8 -> rowwise(product);
          case INT8_BLOCKS -> {
            BlockWeights blocks = new BlockWeights(matrix.transposed(), BITS);
            yield graph.node(
                blocks.matMul(),
                product.activations(),
                once(name + ".blocks", () -> blocks.weights(name + ".blocks")),
                once(name + ".scales", () -> blocks.scales(name + ".scales")));
          }
        };
    Op last = Op.of(product.bias().isEmpty() ? "Identity" : "Add");
    List<String> inputs =
        product.bias().isEmpty() ? List.of(result) : List.of(result, product.bias());
    graph.node(last, inputs, List.of(product.output()));
  }

  private String rowwise(Product product) {
    String name = product.name();
    RowwiseInt8 rowwise = new RowwiseInt8(product.weights(), bytes);
    Quantized rows =
        quantized.computeIfAbsent(
            product.activations(), activations -> RowwiseInt8.quantize(graph, activations));
    return rowwise.multiply(
        graph,
        rows,
        once(name + ".int8", () -> rowwise.weights(name + ".int8")),
        once(name + ".scales", () -> rowwise.scales(name + ".scales")),
        once(name + ".sums", () -> rowwise.sums(name + ".sums")));
  }

  /** Tables are halved and no more: they take no time, and their 8 bits cost closeness. */
  void add(Lookup lookup) {
    String name = lookup.name();
    if (weights == EncoderWeights.FP32) {
      graph.node(
          Op.of("Gather"),
          List.of(once(name, () -> floats(name, lookup.table())), lookup.ids()),
          List.of(lookup.output()));
      return;
    }
    HalfWeights half = new HalfWeights(lookup.table());
    String vectors =
        graph.node(
            "Gather", once(name + ".half", () -> half.weights(name + ".half")), lookup.ids());
    graph.node(
        Op.of("Cast").with("to", ElementType.FLOAT.code()),
        List.of(vectors),
        List.of(lookup.output()));
  }

  /** A weight that several nodes share is written once. */
  private String once(String name, Supplier<Initializer> initializer) {
    return graph.has(name) ? name : graph.initializer(initializer.get());
  }

  private static Initializer floats(String name, Matrix matrix) {
    return new Initializer(
        name,
        ElementType.FLOAT,
        List.of((long) matrix.rows(), (long) matrix.columns()),
        out -> {
          float[] row = new float[matrix.columns()];
          for (int i = 0; i < matrix.rows(); i++) {
            matrix.read(i, row);
            out.floats(row, 0, row.length);
          }
        });
  }
}
