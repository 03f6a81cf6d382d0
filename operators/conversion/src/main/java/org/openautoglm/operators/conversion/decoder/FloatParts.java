package org.openautoglm.operators.conversion.decoder;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.GraphBuilder;
import org.openautoglm.operators.conversion.graph.HalfFloats;
import org.openautoglm.operators.conversion.graph.Initializer;
import org.openautoglm.operators.conversion.graph.Op;
import org.openautoglm.operators.conversion.graph.TensorOutput;
import org.openautoglm.operators.conversion.quantization.Matrix;
import org.openautoglm.operators.conversion.weights.WeightMatrix;

/** Weights as floats of 32 or 16 bits: {@code Gather} and {@code MatMul}. */
final class FloatParts implements WeightParts {
  private static final String TABLE = "embedding.weight";

  private final GraphBuilder graph;
  private final DecoderWeights weights;
  private final ElementType type;

  /**
   * @param type FLOAT or FLOAT16
   */
  FloatParts(GraphBuilder graph, DecoderWeights weights, ElementType type) {
    this.graph = graph;
    this.weights = weights;
    this.type = type;
  }

  @Override
  public String embedding(String tokens) throws IOException {
    matrix(TABLE, weights.matrix(Role.EMBEDDING, 0));
    return graph.node(Op.of("Gather").named("embedding"), TABLE, tokens);
  }

  @Override
  public String linear(String x, Role role, int layer) throws IOException {
    String name = name(role, layer);
    String weight = matrix(name + ".weight", weights.matrix(role, layer).transposed());
    return biased(graph.node(Op.of("MatMul").named(product(role, layer)), x, weight), role, layer);
  }

  @Override
  public String lmHead(String x) throws IOException {
    if (!weights.sharesTable()) {
      return linear(x, Role.HEAD, 0);
    }
    // Turned when the model is loaded, so that the file has the table once.
    String turned =
        graph.node(Op.of("Transpose").named("head.weight").withAll("perm", 1, 0), TABLE);
    return graph.node(Op.of("MatMul").named(product(Role.HEAD, 0)), x, turned);
  }

  /** Adds a linear layer's bias, if it has one. */
  String biased(String product, Role role, int layer) throws IOException {
    Optional<float[]> bias = weights.bias(role, layer);
    if (bias.isEmpty()) {
      return product;
    }
    String name = name(role, layer) + ".bias";
    return graph.node(Op.of("Add").named(name + ".add"), product, vector(name, bias.get()));
  }

  /** Adds a vector, such as a norm's factors. */
  String vector(String name, float[] values) {
    return graph.initializer(
        new Initializer(
            name, type, List.of((long) values.length), out -> put(values, values.length, out)));
  }

  private String matrix(String name, WeightMatrix matrix) {
    return graph.initializer(
        new Initializer(
            name,
            type,
            List.of((long) matrix.rows(), (long) matrix.columns()),
            out -> {
              Matrix strips = matrix.inStrips();
              float[] row = new float[matrix.columns()];
              for (int i = 0; i < matrix.rows(); i++) {
                strips.read(i, row);
                put(row, row.length, out);
              }
            }));
  }

  private void put(float[] values, int count, TensorOutput out) throws IOException {
    if (type == ElementType.FLOAT) {
      out.floats(values, 0, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      out.half(HalfFloats.toHalf(values[i]));
    }
  }

  /** What a product is called: the head's are the logits, unless they are widened behind it. */
  String product(Role role, int layer) {
    return role == Role.HEAD && type == ElementType.FLOAT ? "logits" : name(role, layer);
  }

  /** {@code layers.3.query}: what a linear layer's node and weights are called. */
  static String name(Role role, int layer) {
    String part = role.name().toLowerCase(Locale.ROOT);
    return role.inLayers() ? "layers." + layer + "." + part : part;
  }
}
