package org.openautoglm.operators.conversion.encoder;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.openautoglm.operators.conversion.encoder.EncoderHead.Classes;
import org.openautoglm.operators.conversion.encoder.EncoderHead.Embedding;
import org.openautoglm.operators.conversion.encoder.Step.Kept;
import org.openautoglm.operators.conversion.encoder.Step.Lookup;
import org.openautoglm.operators.conversion.encoder.Step.Product;
import org.openautoglm.operators.conversion.graph.Dim;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.GraphBuilder;
import org.openautoglm.operators.conversion.graph.Initializer;
import org.openautoglm.operators.conversion.graph.OnnxFile;
import org.openautoglm.operators.conversion.graph.OnnxModel;
import org.openautoglm.operators.conversion.graph.OnnxWriter;
import org.openautoglm.operators.conversion.graph.Op;
import org.openautoglm.operators.conversion.graph.Progress;
import org.openautoglm.operators.conversion.graph.StoredTensor;
import org.openautoglm.operators.conversion.quantization.ByteProducts;

/**
 * Converts a BERT-like ONNX export, in floats or dynamically quantised. Each product with weights
 * is replaced, the rest stays as it was exported, and {@link EncoderHead} is put at the end.
 */
public final class EncoderConversion {
  private static final String MASK = "attention_mask";
  private static final Set<ElementType> HALVES = Set.of(ElementType.FLOAT16, ElementType.BFLOAT16);
  private static final ByteProducts BYTES = ByteProducts.ofThisMachine();

  private final OnnxFile source;
  private final EncoderHead head;
  private final GraphBuilder graph;
  private final EncoderProducts products;
  private final OpsetUpgrade upgrade;

  private EncoderConversion(OnnxFile source, EncoderHead head, EncoderWeights weights) {
    int opset = Math.max(OpsetUpgrade.TARGET, source.opset());
    this.source = source;
    this.head = head;
    this.graph = new GraphBuilder("encoder", opset);
    this.products = new EncoderProducts(graph, weights, BYTES);
    this.upgrade = new OpsetUpgrade(graph, source.opset());
    source.tensors().keySet().forEach(graph::reserve);
    source.graph().getNodeList().forEach(node -> node.getOutputList().forEach(graph::reserve));
  }

  /**
   * Writes the converted graph, and nothing else.
   *
   * @param source the export's graph
   * @param target becomes the converted graph, with a data file beside it where it is large
   * @param metadata is kept in the graph, with {@code autoglm.graph = encoder-1}, {@code
   *     autoglm.weights}, {@code autoglm.pooling} and {@code autoglm.normalized} for embeddings,
   *     and {@code autoglm.bytes} for row-wise weights: {@code signed} ones, made where the CPU has
   *     VNNI, give wrong answers where it has not
   * @throws UnsupportedGraphException names the first operator that is not understood
   * @throws org.openautoglm.operators.conversion.graph.OnnxFormatException when the export is
   *     damaged
   */
  public static void convert(
      Path source,
      Path target,
      EncoderHead head,
      EncoderWeights weights,
      Map<String, String> metadata,
      Progress progress)
      throws IOException {
    Map<String, String> all = new TreeMap<>(metadata);
    all.put("autoglm.graph", "encoder-1");
    all.put("autoglm.weights", weights.label());
    if (weights == EncoderWeights.ROWWISE_INT8) {
      all.put("autoglm.bytes", BYTES.name().toLowerCase(Locale.ROOT));
    }
    if (head instanceof Embedding embedding) {
      all.put("autoglm.pooling", embedding.pooling() == EncoderHead.Pooling.CLS ? "cls" : "mean");
      all.put("autoglm.normalized", Boolean.toString(embedding.normalize()));
    }
    OnnxModel model = new EncoderConversion(OnnxFile.open(source), head, weights).build(all);
    OnnxWriter.write(model, target, progress);
  }

  private OnnxModel build(Map<String, String> metadata) throws UnsupportedGraphException {
    if (source.opset() < OpsetUpgrade.OLDEST) {
      throw new UnsupportedGraphException(
          source.file(),
          "is written for operator set " + source.opset() + ", older than " + OpsetUpgrade.OLDEST);
    }
    ValueInfoProto answer = answer();
    for (ValueInfoProto input : source.graph().getInputList()) {
      if (source.tensor(input.getName()).isEmpty()) {
        input(input);
      }
    }
    try {
      // The export may call something else as its head's output is to be called.
      String taken = head.output() + ".exported";
      for (Step step : needed(answer.getName())) {
        add(step.renamed(head.output(), taken));
      }
      String made = answer.getName().equals(head.output()) ? taken : answer.getName();
      HeadPieces pieces = new HeadPieces(graph);
      String result =
          head instanceof Embedding embedding
              ? pieces.embedding(made, rank(answer), MASK, embedding)
              : pieces.probabilities(made, ((Classes) head).scores());
      graph.node(Op.of("Identity"), List.of(result), List.of(head.output()));
    } catch (IllegalArgumentException e) {
      throw new UnsupportedGraphException(source.file(), "is no sound graph: " + e.getMessage());
    }
    graph.output(head.output(), ElementType.FLOAT, Dim.free("batch"), width(answer));
    return graph.build(metadata);
  }

  private void input(ValueInfoProto input) throws UnsupportedGraphException {
    ElementType type = ElementType.of(input.getType().getTensorType().getElemType()).orElse(null);
    if ((type != ElementType.INT64 && type != ElementType.INT32) || rank(input) != 2) {
      throw new UnsupportedGraphException(
          source.file(),
          "takes the input " + input.getName() + ", which is not whole numbers [batch, tokens]");
    }
    graph.input(input.getName(), type, Dim.free("batch"), Dim.free("tokens"));
  }

  /** The steps from which the answer is made, in order. */
  private List<Step> needed(String answer) throws UnsupportedGraphException {
    List<Step> steps = new GraphReading(source).steps();
    Set<String> wanted = new HashSet<>(Set.of(answer));
    List<Step> needed = new ArrayList<>();
    for (int i = steps.size() - 1; i >= 0; i--) {
      Step step = steps.get(i);
      if (step.outputs().stream().anyMatch(wanted::contains)) {
        wanted.addAll(step.inputs());
        needed.add(0, step);
      }
    }
    return needed;
  }

  private void add(Step step) throws UnsupportedGraphException {
    for (String input : step.inputs()) {
      Optional<StoredTensor> tensor = graph.has(input) ? Optional.empty() : source.tensor(input);
      if (tensor.isPresent() && HALVES.contains(tensor.get().type())) {
        throw new UnsupportedGraphException(
            source.file(), "has the weights " + input + " in half precision, not in floats");
      }
      tensor.ifPresent(each -> graph.initializer(Initializer.copy(input, each)));
    }
    if (step instanceof Product product) {
      products.add(product);
    } else if (step instanceof Lookup lookup) {
      products.add(lookup);
    } else if (step instanceof Kept kept) {
      // Its name is its output's, which nothing else has.
      String name = kept.node().getOutput(0);
      graph.node(upgrade.upgrade(kept.node()).toBuilder().setName(name).build());
    }
  }

  private ValueInfoProto answer() throws UnsupportedGraphException {
    Map<String, ValueInfoProto> outputs = new HashMap<>();
    source.graph().getOutputList().forEach(output -> outputs.put(output.getName(), output));
    List<String> names =
        head instanceof Embedding
            ? List.of("last_hidden_state", "token_embeddings", "sentence_embedding")
            : List.of("logits");
    for (String name : names) {
      if (outputs.containsKey(name)) {
        return outputs.get(name);
      }
    }
    for (ValueInfoProto output : source.graph().getOutputList()) {
      if (rank(output) == 2 || (rank(output) == 3 && head instanceof Embedding)) {
        return output;
      }
    }
    throw new UnsupportedGraphException(
        source.file(), "has none of the outputs " + names + " among " + outputs.keySet());
  }

  private static Dim width(ValueInfoProto answer) {
    int last = rank(answer) - 1;
    long width = answer.getType().getTensorType().getShape().getDim(last).getDimValue();
    return width > 0 ? Dim.of(width) : Dim.free("width");
  }

  private static int rank(ValueInfoProto value) {
    return value.getType().getTensorType().getShape().getDimCount();
  }
}
