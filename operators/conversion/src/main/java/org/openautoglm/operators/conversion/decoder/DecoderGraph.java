package org.openautoglm.operators.conversion.decoder;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.openautoglm.operators.conversion.graph.Dim;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.GraphBuilder;
import org.openautoglm.operators.conversion.graph.OnnxModel;
import org.openautoglm.operators.conversion.graph.Op;

/**
 * The canonical graph of a decoder.
 *
 * <pre>
 * input_ids               int64 [batch, sequence]   right-padded where rows differ
 * seqlens_k               int32 [batch]             tokens in the cache after this run, minus 1
 * total_sequence_length   int32 scalar              the most that any row has after this run
 * logits_positions        int64 [batch, n]          the indexes in the sequence that are answered
 * past_key_values.i.key   float [batch, key-value heads, capacity, head width]; .value alike
 * logits                  float [batch, n, vocabulary]
 * present.i.key           as the past, whose buffer it may share; .value alike
 * </pre>
 *
 * <p>In a graph of 16-bit weights the cache has 16 bits too; logits always have 32.
 */
final class DecoderGraph {
  private static final int OPSET = 21;
  private static final String VERSION = "decoder-1";

  private final GraphBuilder graph = new GraphBuilder("decoder", OPSET);
  private final DecoderWeights weights;
  private final Decoder decoder;
  private final WeightFormat format;
  private final ElementType type;
  private final WeightParts matrices;
  private final FloatParts vectors;

  DecoderGraph(DecoderWeights weights, WeightFormat format) {
    this.weights = weights;
    this.decoder = weights.decoder();
    this.format = format;
    this.type = format == WeightFormat.FP16 ? ElementType.FLOAT16 : ElementType.FLOAT;
    this.vectors = new FloatParts(graph, weights, type);
    this.matrices =
        switch (format) {
          case FP32, FP16 -> vectors;
          case INT8_BLOCKS -> new BlockParts(graph, weights, 8);
          case INT8_ROWS -> new RowParts(graph, weights);
          case INT4 -> new BlockParts(graph, weights, 4);
        };
  }

  /**
   * Builds it; weights are read when it is written.
   *
   * @param metadata what is to stand in the model beside its graph, format and positions
   */
  OnnxModel build(Map<String, String> metadata) throws IOException {
    String tokens =
        graph.input("input_ids", ElementType.INT64, Dim.free("batch"), Dim.free("sequence"));
    String lastPositions = graph.input("seqlens_k", ElementType.INT32, Dim.free("batch"));
    String total = graph.input("total_sequence_length", ElementType.INT32);
    String answered =
        graph.input("logits_positions", ElementType.INT64, Dim.free("batch"), Dim.free("n"));

    RotaryParts rotary = new RotaryParts(graph, decoder, type, tokens, lastPositions);
    LayerParts parts = new LayerParts(graph, weights, matrices, vectors, rotary);
    AttentionLengths lengths =
        new AttentionLengths(lastPositions, total, type, decoder.dimensions());

    String x = matrices.embedding(tokens);
    for (int layer = 0; layer < decoder.dimensions().layers(); layer++) {
      x = layer(parts, lengths, x, layer);
    }
    x = parts.rmsNorm(pick(x, answered), Role.FINAL_NORM, 0);
    logits(matrices.lmHead(x));
    return graph.build(metadata(metadata));
  }

  /** Attention, then the feed-forward part, each added to what it was given. */
  private String layer(LayerParts parts, AttentionLengths lengths, String x, int layer)
      throws IOException {
    String normed = parts.rmsNorm(x, Role.ATTENTION_NORM, layer);
    String attended = parts.attention(normed, layer, lengths);
    attended = parts.rmsNorm(attended, Role.AFTER_ATTENTION_NORM, layer);
    String between = parts.add(decoder.residualFromNorm() ? normed : x, attended);

    normed = parts.rmsNorm(between, Role.MLP_NORM, layer);
    String fed = parts.rmsNorm(parts.mlp(normed, layer), Role.AFTER_MLP_NORM, layer);
    return parts.add(decoder.residualFromNorm() ? normed : between, fed);
  }

  /** The vectors at some indexes of each row: [batch, sequence, w] to [batch, n, w]. */
  private String pick(String x, String indexes) {
    String last = graph.node("Unsqueeze", indexes, graph.constants(-1));
    return graph.node(Op.of("GatherND").with("batch_dims", 1), x, last);
  }

  private void logits(String scores) {
    Op widen = Op.of("Cast").named("logits").with("to", ElementType.FLOAT.code());
    String wide = type == ElementType.FLOAT ? scores : graph.node(widen, scores);
    graph.output(
        wide,
        ElementType.FLOAT,
        Dim.free("batch"),
        Dim.free("n"),
        Dim.of(decoder.dimensions().vocabulary()));
  }

  private Map<String, String> metadata(Map<String, String> more) {
    Map<String, String> all = new TreeMap<>(more);
    all.put("autoglm.graph", VERSION);
    all.put("autoglm.weights", format.label());
    all.put("autoglm.max_positions", Integer.toString(decoder.rotary().positions()));
    return all;
  }
}
