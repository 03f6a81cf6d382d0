package org.openautoglm.operators.conversion.decoder;

import java.io.IOException;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.GraphBuilder;
import org.openautoglm.operators.conversion.graph.Op;
import org.openautoglm.operators.conversion.quantization.BlockWeights;

/**
 * Weights as blocks of 8 or 4 bits: {@code GatherBlockQuantized} and {@code MatMulNBits}. Tied
 * tables are stored once: both operators have the same bytes, in different shapes.
 */
final class BlockParts implements WeightParts {
  private static final String TABLE = "embedding.weight";
  private static final String TABLE_SCALES = "embedding.scales";

  private final GraphBuilder graph;
  private final DecoderWeights weights;
  private final FloatParts floats;
  private final int bits;

  /**
   * @param bits 8 or 4
   */
  BlockParts(GraphBuilder graph, DecoderWeights weights, int bits) {
    this.graph = graph;
    this.weights = weights;
    this.floats = new FloatParts(graph, weights, ElementType.FLOAT);
    this.bits = bits;
  }

  @Override
  public String embedding(String tokens) throws IOException {
    BlockWeights table = blocks(Role.EMBEDDING, 0);
    if (!wholeBlocks(table)) {
      return floats.embedding(tokens);
    }
    graph.initializer(table.table(TABLE));
    graph.initializer(table.scales(TABLE_SCALES));
    return graph.node(table.gather().named("embedding"), TABLE, tokens, TABLE_SCALES);
  }

  @Override
  public String linear(String x, Role role, int layer) throws IOException {
    return product(x, role, layer, blocks(role, layer));
  }

  @Override
  public String lmHead(String x) throws IOException {
    if (!weights.sharesTable()) {
      return linear(x, Role.HEAD, 0);
    }
    BlockWeights table = blocks(Role.EMBEDDING, 0);
    if (!wholeBlocks(table)) {
      return product(x, Role.HEAD, 0, table);
    }
    String shape =
        graph.constants(table.matrix().rows(), table.blocks(), (long) table.block() * bits / 8);
    String turned = graph.node(Op.of("Reshape").named("head.weight"), TABLE, shape);
    return graph.node(table.matMul().named(floats.product(Role.HEAD, 0)), x, turned, TABLE_SCALES);
  }

  private String product(String x, Role role, int layer, BlockWeights blocks) throws IOException {
    String name = FloatParts.name(role, layer);
    String weight = graph.initializer(blocks.weights(name + ".weight"));
    String scales = graph.initializer(blocks.scales(name + ".scales"));
    Op product = blocks.matMul().named(floats.product(role, layer));
    return floats.biased(graph.node(product, x, weight, scales), role, layer);
  }

  private BlockWeights blocks(Role role, int layer) throws IOException {
    return new BlockWeights(weights.matrix(role, layer).inStrips(), bits);
  }

  private static boolean wholeBlocks(BlockWeights table) {
    return table.matrix().columns() % table.block() == 0;
  }
}
