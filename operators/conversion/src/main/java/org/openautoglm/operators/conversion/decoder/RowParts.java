package org.openautoglm.operators.conversion.decoder;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.GraphBuilder;
import org.openautoglm.operators.conversion.graph.Op;
import org.openautoglm.operators.conversion.quantization.WholeOutputs;
import org.openautoglm.operators.conversion.quantization.WholeRows;
import org.openautoglm.operators.conversion.weights.WeightMatrix;

/**
 * Weights as whole numbers with a step for each output, multiplied with whole rows of activations:
 * {@code MatMulIntegerToFloat}. A tied table is stored once, and turned for the head when the model
 * is loaded.
 *
 * <p>The first third of the down projections reads its rows with 16 bits. Decoders have a few
 * enormous activations, which they make there (Sun et al. 2024, arXiv:2402.17762; Yu et al. 2024,
 * arXiv:2411.07191), and beside one of those a row's other numbers would vanish.
 */
final class RowParts implements WeightParts {
  private static final String TABLE = "embedding";
  private static final int FINE_LAYERS_OF = 3;

  private final GraphBuilder graph;
  private final DecoderWeights weights;
  private final FloatParts floats;
  private final Map<String, WholeRows> rows = new HashMap<>();

  RowParts(GraphBuilder graph, DecoderWeights weights) {
    this.graph = graph;
    this.weights = weights;
    this.floats = new FloatParts(graph, weights, ElementType.FLOAT);
  }

  @Override
  public String embedding(String tokens) throws IOException {
    WholeOutputs table = outputs(weights.matrix(Role.EMBEDDING, 0));
    graph.initializer(table.table(TABLE + ".weight"));
    initializers(table, TABLE);
    String numbers = graph.node("Gather", TABLE + ".weight", tokens);
    String steps = graph.node("Gather", TABLE + ".steps", tokens);
    String vectors =
        graph.node("DequantizeLinear", numbers, graph.constant(WholeRows.MOST), TABLE + ".zero");
    return graph.node(
        Op.of("Mul").named(TABLE), vectors, graph.node("Unsqueeze", steps, graph.constants(-1)));
  }

  @Override
  public String linear(String x, Role role, int layer) throws IOException {
    String name = FloatParts.name(role, layer);
    WholeOutputs outputs = outputs(weights.matrix(role, layer));
    graph.initializer(outputs.factors(name + ".weight"));
    initializers(outputs, name);
    String product = product(x, role, layer, name + ".weight", name);
    return floats.biased(product, role, layer);
  }

  @Override
  public String lmHead(String x) throws IOException {
    if (!weights.sharesTable()) {
      return linear(x, Role.HEAD, 0);
    }
    Op turn = Op.of("Transpose").named("head.weight").withAll("perm", 1, 0);
    return product(x, Role.HEAD, 0, graph.node(turn, TABLE + ".weight"), TABLE);
  }

  private String product(String x, Role role, int layer, String factors, String name) {
    boolean fine = role == Role.DOWN && layer * FINE_LAYERS_OF < layers();
    WholeRows whole =
        rows.computeIfAbsent(
            x, key -> fine ? WholeRows.fine(graph, x) : WholeRows.coarse(graph, x));
    return whole.multiply(
        graph, floats.product(role, layer), factors, name + ".steps", name + ".zero");
  }

  private void initializers(WholeOutputs outputs, String name) {
    graph.initializer(outputs.steps(name + ".steps", WholeRows.SHARE));
    graph.initializer(outputs.zero(name + ".zero"));
  }

  private int layers() {
    return weights.decoder().dimensions().layers();
  }

  private static WholeOutputs outputs(WeightMatrix matrix) {
    return new WholeOutputs(matrix.inStrips(), matrix.transposed().inStrips(), matrix.rowSteps());
  }
}
