package org.openautoglm.operators.conversion.decoder;

import java.io.IOException;
import java.util.List;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.GraphBuilder;
import org.openautoglm.operators.conversion.graph.Op;

/**
 * The named pieces of a layer. Vectors are [batch, sequence, width] between them, of 32-bit floats,
 * or of 16-bit floats in a graph for CUDA.
 */
final class LayerParts {
  private final GraphBuilder graph;
  private final DecoderWeights weights;
  private final Decoder decoder;
  private final Dimensions dimensions;
  private final WeightParts matrices;
  private final FloatParts vectors;
  private final RotaryParts rotary;

  /**
   * @param matrices how large weights are stored
   * @param vectors how norms and biases are stored
   */
  LayerParts(
      GraphBuilder graph,
      DecoderWeights weights,
      WeightParts matrices,
      FloatParts vectors,
      RotaryParts rotary) {
    this.graph = graph;
    this.weights = weights;
    this.decoder = weights.decoder();
    this.dimensions = decoder.dimensions();
    this.matrices = matrices;
    this.vectors = vectors;
    this.rotary = rotary;
  }

  /**
   * x / sqrt(mean(x²) + ε) · weight over the last axis: root mean square layer normalisation, Zhang
   * and Sennrich 2019 (arXiv:1910.07467). A part that the model lacks leaves x as it is.
   *
   * @param x [..., width]
   * @return the same shape
   */
  String rmsNorm(String x, Role role, int layer) throws IOException {
    if (!decoder.has(role)) {
      return x;
    }
    String name = FloatParts.name(role, layer);
    String weight = vectors.vector(name + ".weight", weights.norm(role, layer));
    Op norm =
        Op.of("SimplifiedLayerNormalization")
            .named(name)
            .with("axis", -1)
            .with("epsilon", decoder.normEpsilon())
            .with("stash_type", ElementType.FLOAT.code());
    return graph.node(norm, x, weight);
  }

  /**
   * {@link #rmsNorm} on each head by itself, as Qwen3 has it on query and key.
   *
   * @param x [batch, sequence, heads · head width]
   * @return the same shape
   */
  String headNorm(String x, Role role, int layer, int heads) throws IOException {
    if (!decoder.has(role)) {
      return x;
    }
    String apart = graph.node("Reshape", x, graph.constants(0, 0, heads, dimensions.headWidth()));
    String normed = rmsNorm(apart, role, layer);
    return graph.node(
        "Reshape", normed, graph.constants(0, 0, (long) heads * dimensions.headWidth()));
  }

  /**
   * Causal attention with a cache of earlier keys and values, in which several heads of the query
   * share one of key and value: Ainslie et al. 2023 (arXiv:2305.13245), ONNX Runtime's {@code
   * GroupQueryAttention}. Adds the layer's inputs {@code past_key_values.i.*} and outputs {@code
   * present.i.*}, [batch, key-value heads, capacity, head width].
   *
   * @param x [batch, sequence, hidden]
   * @return [batch, sequence, hidden]
   */
  String attention(String x, int layer, AttentionLengths lengths) throws IOException {
    int heads = dimensions.heads();
    int keyValueHeads = dimensions.keyValueHeads();
    String query =
        rotary.turn(
            headNorm(matrices.linear(x, Role.QUERY, layer), Role.QUERY_NORM, layer, heads), heads);
    String key =
        rotary.turn(
            headNorm(matrices.linear(x, Role.KEY, layer), Role.KEY_NORM, layer, keyValueHeads),
            keyValueHeads);
    String value = matrices.linear(x, Role.VALUE, layer);
    Op attention =
        Op.microsoft("GroupQueryAttention")
            .named("layers." + layer + ".attention")
            .with("num_heads", heads)
            .with("kv_num_heads", keyValueHeads);
    int window = decoder.windows().get(layer);
    if (window > 0 && window < decoder.rotary().positions()) {
      attention = attention.with("local_window_size", window);
    }
    String context = attend(attention, layer, List.of(query, key, value), lengths);
    return matrices.linear(context, Role.ATTENTION_OUTPUT, layer);
  }

  private String attend(Op attention, int layer, List<String> inputs, AttentionLengths lengths) {
    return rotary.inKernel()
        ? lengths.attend(
            graph,
            attention
                .with("do_rotary", 1)
                .with("rotary_interleaved", decoder.rotary().interleaved() ? 1 : 0),
            layer,
            inputs,
            List.of(rotary.cosines(), rotary.sines()))
        : lengths.attend(graph, attention, layer, inputs, List.of());
  }

  /**
   * down(act(gate(x)) · up(x)): the gated feed-forward part, Shazeer 2020 (arXiv:2002.05202).
   *
   * @param x [batch, sequence, hidden]
   * @return [batch, sequence, hidden]
   */
  String mlp(String x, int layer) throws IOException {
    String gate = activation(matrices.linear(x, Role.GATE, layer));
    String up = matrices.linear(x, Role.UP, layer);
    return matrices.linear(graph.node("Mul", gate, up), Role.DOWN, layer);
  }

  private String activation(String x) {
    return switch (decoder.activation()) {
      case SILU -> graph.node("Mul", x, graph.node("Sigmoid", x));
      case GELU -> graph.node("Gelu", x);
      case GELU_TANH -> graph.node(Op.of("Gelu").with("approximate", "tanh"), x);
      case RELU -> graph.node("Relu", x);
    };
  }

  /** x + y: what a part gives is added to what it was given, He et al. 2015 (arXiv:1512.03385). */
  String add(String x, String y) {
    return graph.node("Add", x, y);
  }
}
