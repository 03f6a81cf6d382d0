package org.openautoglm.operators.conversion.encoder;

import org.openautoglm.operators.conversion.encoder.EncoderHead.Embedding;
import org.openautoglm.operators.conversion.encoder.EncoderHead.Pooling;
import org.openautoglm.operators.conversion.encoder.EncoderHead.Scores;
import org.openautoglm.operators.conversion.graph.GraphBuilder;
import org.openautoglm.operators.conversion.graph.Op;

/** The ends of encoders, in pieces. */
final class HeadPieces {
  /** As sentence-transformers has it: a vector of zeros stays one. */
  private static final float LENGTH_MIN = 1e-12f;

  private final GraphBuilder graph;

  HeadPieces(GraphBuilder graph) {
    this.graph = graph.scope("head");
  }

  /**
   * Pools, and scales to length 1 where that is wanted.
   *
   * @param vectors float {@code [batch, tokens, width]}, or {@code [batch, width]} that is pooled
   * @param mask whole numbers {@code [batch, tokens]}
   * @return float {@code [batch, width]}
   */
  String embedding(String vectors, int rank, String mask, Embedding head) {
    String pooled = vectors;
    if (rank == 3) {
      pooled = head.pooling() == Pooling.CLS ? first(vectors) : mean(vectors, mask);
    }
    return head.normalize() ? normalized(pooled) : pooled;
  }

  /** The first token's vector. */
  String first(String vectors) {
    return graph.node(Op.of("Gather").with("axis", 1), vectors, graph.constant(0L));
  }

  /**
   * The mean over the tokens whose mask is 1: the mask times the vectors. The mask stands there
   * twice, because ONNX Runtime adds in another order where there is only one row, and one that
   * depends on the padding.
   */
  String mean(String vectors, String mask) {
    String own = graph.node(Op.of("Cast").with("to", 1), mask);
    String row = graph.node("Unsqueeze", own, graph.constants(1));
    String twice = graph.node(Op.of("Concat").with("axis", 1), row, row);
    String sums = graph.node("MatMul", twice, vectors);
    String sum = graph.node(Op.of("Gather").with("axis", 1), sums, graph.constant(0L));
    String count = graph.node(Op.of("ReduceSum").with("keepdims", 1), own, graph.constants(1));
    return graph.node("Div", sum, graph.node("Max", count, graph.constant(1f)));
  }

  /** The vector divided by its Euclidean length. */
  String normalized(String vector) {
    String squares = graph.node("Mul", vector, vector);
    String sum = graph.node(Op.of("ReduceSum").with("keepdims", 1), squares, graph.constants(-1));
    String length = graph.node("Sqrt", sum);
    return graph.node("Div", vector, graph.node("Max", length, graph.constant(LENGTH_MIN)));
  }

  /**
   * Makes probabilities of a classifier's scores.
   *
   * @param scores float {@code [batch, labels]}
   */
  String probabilities(String scores, Scores kind) {
    return switch (kind) {
      case LOGITS -> graph.node(Op.of("Softmax").with("axis", -1), scores);
      case INDEPENDENT_LOGITS -> graph.node("Sigmoid", scores);
      // Rounding may leave a little more than 1.
      case LOG_PROBABILITIES -> graph.node("Min", graph.node("Exp", scores), graph.constant(1f));
      case PROBABILITIES -> graph.node("Identity", scores);
    };
  }
}
