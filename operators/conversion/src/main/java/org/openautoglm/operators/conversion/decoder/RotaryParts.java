package org.openautoglm.operators.conversion.decoder;

import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.GraphBuilder;
import org.openautoglm.operators.conversion.graph.Initializer;
import org.openautoglm.operators.conversion.graph.Op;

/**
 * Positions in the graph: the tables of cosines and sines, and nodes that turn query and key where
 * the attention operator cannot. The tables are a few small nodes over constants, which ONNX
 * Runtime works out when it loads the graph; stored, they would be a quarter of a small model's
 * file.
 */
final class RotaryParts {
  private final GraphBuilder graph;
  private final Rotary rotary;
  private final int headWidth;
  private final String cosines;
  private final String sines;
  private final String positions;

  /**
   * @param type what vectors are made of
   * @param tokens int64 [batch, sequence]
   * @param lastPositions int32 [batch]: the tokens in the cache after this run, minus 1
   */
  RotaryParts(
      GraphBuilder graph, Decoder decoder, ElementType type, String tokens, String lastPositions) {
    this.graph = graph;
    this.rotary = decoder.rotary();
    this.headWidth = decoder.dimensions().headWidth();
    String angles = angles();
    this.cosines = table("Cos", angles, type);
    this.sines = table("Sin", angles, type);
    this.positions = inKernel() ? "" : positions(tokens, lastPositions);
  }

  /** Whether the attention operator turns query and key itself. */
  boolean inKernel() {
    return rotary.fitsKernel(headWidth);
  }

  /** [positions, pairs]. */
  String cosines() {
    return cosines;
  }

  /** [positions, pairs]. */
  String sines() {
    return sines;
  }

  /**
   * Turns each head by its position, unless the attention operator does.
   *
   * @param x [batch, sequence, heads · head width]
   * @return the same shape
   */
  String turn(String x, int heads) {
    if (inKernel()) {
      return x;
    }
    Op turn =
        Op.microsoft("RotaryEmbedding")
            .with("interleaved", rotary.interleaved() ? 1 : 0)
            .with("num_heads", heads)
            .with("rotary_embedding_dim", rotary.width() == headWidth ? 0 : rotary.width());
    return graph.node(turn, x, positions, cosines, sines);
  }

  /** Position times frequency, [positions, pairs], in the floats that PyTorch has them in. */
  private String angles() {
    String from = graph.constant(0f);
    String to = graph.constant((float) rotary.positions());
    String all = graph.node("Range", from, to, graph.constant(1f));
    String column = graph.node("Unsqueeze", all, graph.constants(1));
    float[] frequencies = new float[rotary.frequencies().size()];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = rotary.frequencies().get(i);
    }
    String row =
        graph.initializer(Initializer.of("rotary.frequencies", frequencies, 1, frequencies.length));
    return graph.node("Mul", column, row);
  }

  private String table(String function, String angles, ElementType type) {
    String table = graph.node(function, angles);
    if (rotary.factor() != 1) {
      table = graph.node("Mul", table, graph.constant(rotary.factor()));
    }
    return type == ElementType.FLOAT
        ? table
        : graph.node(Op.of("Cast").with("to", type.code()), table);
  }

  /** Each token's position, int64 [batch, sequence]: what is in the cache, and those before it. */
  private String positions(String tokens, String lastPositions) {
    String length = graph.node(Op.of("Shape").with("start", 1).with("end", 2), tokens);
    String last = graph.node(Op.of("Cast").with("to", ElementType.INT64.code()), lastPositions);
    String after = graph.node("Add", last, graph.constant(1L));
    // A row that is padded on its right has fewer tokens than the sequence, and no past.
    String past = graph.node("Max", graph.node("Sub", after, length), graph.constant(0L));
    String column = graph.node("Unsqueeze", past, graph.constants(1));
    String steps =
        graph.node(
            "Range",
            graph.constant(0L),
            graph.node("Squeeze", length, graph.constants(0)),
            graph.constant(1L));
    return graph.node("Add", column, steps);
  }
}
