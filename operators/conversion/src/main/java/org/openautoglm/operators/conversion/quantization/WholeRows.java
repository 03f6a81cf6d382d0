package org.openautoglm.operators.conversion.quantization;

import java.util.List;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.GraphBuilder;
import org.openautoglm.operators.conversion.graph.Initializer;
import org.openautoglm.operators.conversion.graph.Op;

/**
 * Rows of activations as whole numbers, each row with a scale of its own, symmetric around zero.
 * Fewer nodes than {@link RowwiseInt8}, which gives each row a zero of its own as well: in a
 * decoder, which runs for one row at a time too, nodes cost as much as bits.
 *
 * <pre>
 *   coarse: q = round(127 · x / max|x|)                 y = q · B · max|x| / 127
 *   fine:   r = round(254 · (127 · x / max|x| − q))     y = (q + r / 254) · B · max|x| / 127
 * </pre>
 *
 * <p>Sums of whole numbers are exact, and nothing of a row depends on its neighbours.
 *
 * @param numbers uint8 {@code [rows, sequence, in]}; of fine rows {@code [2 · rows, ...]}, first
 *     all q, then all r
 * @param most float {@code [rows, sequence, 1]}: max|x|
 * @param fine whether there are 16 bits
 */
public record WholeRows(String numbers, String most, boolean fine) {
  /** The largest number of a row, on either side of zero. */
  public static final float MOST = 127;

  /** What {@link WholeOutputs#steps} are to be multiplied with for a product with these rows. */
  public static final float SHARE = 1 / MOST;

  private static final float PARTS = 2 * MOST;

  /** Stands for the largest of a row of zeros, which must not divide by it. */
  private static final float LEAST = 1e-30f;

  private static final String ZERO = "rows.zero";

  /**
   * Adds the nodes that make rows of 8 bits.
   *
   * @param x float {@code [rows, sequence, in]}
   */
  public static WholeRows coarse(GraphBuilder graph, String x) {
    String most = most(graph, x);
    String share = graph.node("Div", x, most);
    return new WholeRows(quantize(graph, share, SHARE), most, false);
  }

  /**
   * The same with 16 bits, for what lies far apart in one row: two rows of 8 bits for each.
   *
   * @param x float {@code [rows, sequence, in]}
   */
  public static WholeRows fine(GraphBuilder graph, String x) {
    String most = most(graph, x);
    String wanted = graph.node("Mul", graph.node("Div", x, most), graph.constant(MOST));
    String whole = graph.node("Round", wanted);
    String left = graph.node("Mul", graph.node("Sub", wanted, whole), graph.constant(PARTS));
    String both = graph.node(Op.of("Concat").with("axis", 0), whole, left);
    return new WholeRows(quantize(graph, both, 1), most, true);
  }

  /**
   * Adds their product with a layer's weights.
   *
   * @param op names the node whose output it is
   * @param factors the name of {@link WholeOutputs#factors}, or of a table that was turned
   * @param steps the name of {@link WholeOutputs#steps}, {@link #SHARE} of them
   * @param zero the name of {@link WholeOutputs#zero}
   * @return float {@code [rows, sequence, out]}
   */
  public String multiply(GraphBuilder graph, String op, String factors, String steps, String zero) {
    String product =
        graph.node(
            Op.microsoft("MatMulIntegerToFloat"),
            numbers,
            factors,
            graph.constant(1f),
            steps,
            ZERO,
            zero);
    if (fine) {
      List<String> halves =
          graph.nodes(Op.of("Split").with("axis", 0).with("num_outputs", 2), 2, product);
      String rest = graph.node("Mul", halves.get(1), graph.constant(1 / PARTS));
      product = graph.node("Add", halves.get(0), rest);
    }
    return graph.node(Op.of("Mul").named(op), product, most);
  }

  private static String most(GraphBuilder graph, String x) {
    String largest = graph.node("ReduceMax", graph.node("Abs", x), graph.constants(-1));
    return graph.node("Max", largest, graph.constant(LEAST));
  }

  private static String quantize(GraphBuilder graph, String x, float step) {
    if (!graph.has(ZERO)) {
      graph.initializer(Initializer.of(ZERO, ElementType.UINT8, new byte[] {(byte) 128}));
    }
    return graph.node("QuantizeLinear", x, graph.constant(step), ZERO);
  }
}
