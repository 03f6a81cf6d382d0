package org.openautoglm.operators.conversion.weights;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.OnnxFile;
import org.openautoglm.operators.conversion.graph.StoredTensor;

/**
 * The initialisers of an ONNX export under the names that they had in PyTorch. Exporters turn the
 * weights of linear layers and then call them {@code onnx::MatMul_123}; where a name is lost, the
 * scope of the node that uses the weight tells it: {@code /model/layers.0/self_attn/q_proj/MatMul}
 * has {@code model.layers.0.self_attn.q_proj.weight}. Weights of dynamic int8 are given as the
 * floats that they stand for.
 */
public final class OnnxWeights implements WeightSource {
  private static final String QUANTIZED = "_quantized";

  /** Types of numbers; integers are shapes and indexes, or quantised. */
  private static final Set<ElementType> NUMBERS =
      Set.of(ElementType.FLOAT, ElementType.FLOAT16, ElementType.BFLOAT16, ElementType.DOUBLE);

  private final OnnxFile file;
  private final NodeLinks links;
  private final Map<String, Weight> weights = new TreeMap<>();

  /** Initialisers that are known by a recovered name. */
  private final Set<String> recovered = new HashSet<>();

  private OnnxWeights(OnnxFile file) {
    this.file = file;
    this.links = new NodeLinks(file.graph());
  }

  /**
   * Reads a graph's weights.
   *
   * @throws IOException when the file is damaged or quantised in a way that is not known
   */
  public static OnnxWeights open(Path graph) throws IOException {
    return of(OnnxFile.open(graph));
  }

  static OnnxWeights of(OnnxFile file) throws IOException {
    OnnxWeights weights = new OnnxWeights(file);
    weights.dynamicInt8();
    for (NodeProto node : file.graph().getNodeList()) {
      switch (node.getOpType()) {
        case "MatMul" -> weights.product(node, 1, true);
        case "Gemm" -> weights.product(node, 1, !flag(node, "transB"));
        case "Gather" -> weights.table(node);
        default -> {}
      }
    }
    for (StoredTensor tensor : file.tensors().values()) {
      if (NUMBERS.contains(tensor.type()) && !weights.recovered.contains(tensor.name())) {
        weights.weights.putIfAbsent(tensor.name(), Weight.of(tensor.name(), tensor));
      }
    }
    weights.vectors();
    return weights;
  }

  private void dynamicInt8() throws CheckpointException {
    for (DynamicInt8Group group : DynamicInt8Group.in(file)) {
      String name = name(group.product(), group.weight().name());
      put(name, Weight.of(name, group.dequantized().transposed()));
    }
  }

  /** A linear layer: its weight is [in, out] in the graph, unless a Transpose turns it. */
  private void product(NodeProto node, int input, boolean turned) throws CheckpointException {
    Optional<Stored> stored = stored(node.getInput(input));
    if (stored.isEmpty() || stored.get().weight.shape().size() != 2) {
      return;
    }
    WeightMatrix matrix = stored.get().weight.matrix();
    String name = name(node, stored.get().tensor);
    put(name, Weight.of(name, turned ? matrix.transposed() : matrix));
    if (turned != stored.get().turned) {
      recovered.add(stored.get().tensor);
    }
  }

  /** A table, which may be quantised: then the rows that were gathered are dequantised. */
  private void table(NodeProto node) throws CheckpointException {
    Optional<StoredTensor> data = file.tensor(node.getInput(0));
    if (data.isEmpty() || data.get().dims().size() != 2) {
      return;
    }
    String name = name(node, data.get().name());
    Optional<NodeProto> dequantize = links.onlyConsumer(node.getOutput(0), "DequantizeLinear");
    if (dequantize.isPresent()) {
      Optional<WeightMatrix> matrix = dequantized(data.get(), dequantize.get());
      if (matrix.isPresent()) {
        put(name, Weight.of(name, matrix.get()));
      }
    } else if (NUMBERS.contains(data.get().type())) {
      put(name, Weight.of(name, data.get()));
    }
  }

  /** Norms and biases whose own names were lost, as where equal ones were stored once. */
  private void vectors() throws CheckpointException {
    for (NodeProto node : file.graph().getNodeList()) {
      String suffix =
          switch (node.getOpType()) {
            case "Mul" -> ".weight";
            case "Add", "Gemm" -> ".bias";
            default -> "";
          };
      for (String input : suffix.isEmpty() ? List.<String>of() : node.getInputList()) {
        Optional<StoredTensor> tensor = file.tensor(input);
        Optional<String> scope = scope(node);
        if (scope.isPresent() && tensor.isPresent() && tensor.get().dims().size() == 1) {
          String name = scope.get() + suffix;
          weights.putIfAbsent(name, Weight.of(name, tensor.get()));
        }
      }
    }
  }

  /** The initialiser behind a value, through what exporters put between. */
  private Optional<Stored> stored(String value) throws CheckpointException {
    Optional<StoredTensor> tensor = file.tensor(value);
    if (tensor.isPresent()) {
      return NUMBERS.contains(tensor.get().type())
          ? Optional.of(new Stored(value, Weight.of(value, tensor.get()), false))
          : Optional.empty();
    }
    Optional<NodeProto> node = links.producer(value);
    if (node.isEmpty()) {
      return Optional.empty();
    }
    return switch (node.get().getOpType()) {
      case "Cast", "Identity" -> stored(node.get().getInput(0));
      case "Transpose" ->
          stored(node.get().getInput(0))
              .filter(stored -> stored.weight.shape().size() == 2)
              .map(Stored::transposed);
      case "DequantizeLinear" -> integers(node.get());
      default -> Optional.empty();
    };
  }

  private Optional<Stored> integers(NodeProto dequantize) throws CheckpointException {
    Optional<StoredTensor> data = file.tensor(dequantize.getInput(0));
    if (data.isEmpty() || data.get().dims().size() != 2) {
      return Optional.empty();
    }
    String name = data.get().name();
    return dequantized(data.get(), dequantize)
        .map(matrix -> new Stored(name, Weight.of(name, matrix), false));
  }

  /** What a DequantizeLinear makes of a matrix, if its scales are one or one a column. */
  private Optional<WeightMatrix> dequantized(StoredTensor data, NodeProto node)
      throws CheckpointException {
    Optional<StoredTensor> scale = file.tensor(node.getInput(1));
    Optional<StoredTensor> zero =
        node.getInputCount() > 2 ? file.tensor(node.getInput(2)) : Optional.empty();
    long axis =
        node.getAttributeList().stream()
            .filter(attribute -> attribute.getName().equals("axis"))
            .mapToLong(attribute -> attribute.getI())
            .findFirst()
            .orElse(1);
    boolean whole = scale.isPresent() && scale.get().elements() == 1;
    boolean byColumn =
        scale.isPresent() && scale.get().elements() == data.dims().get(1) && axis != 0;
    if (!whole && !byColumn) {
      return Optional.empty();
    }
    return Optional.of(
        new DequantizedMatrix(
            Weight.of(data.name(), data).matrix(),
            zero.map(StoredTensor::floats).orElse(new float[0]),
            scale.get().floats()));
  }

  private void put(String name, Weight weight) {
    weights.putIfAbsent(name, weight);
  }

  /** The name that a weight had: its own, or by the scope of the node that uses it. */
  private String name(NodeProto node, String own) {
    return scope(node)
        .map(scope -> scope + ".weight")
        .orElse(
            own.endsWith(QUANTIZED) ? own.substring(0, own.length() - QUANTIZED.length()) : own);
  }

  /** {@code /model/norm/Mul_1} is in the scope {@code model.norm}; a name without slash in none. */
  private static Optional<String> scope(NodeProto node) {
    String name = node.getName();
    int last = name.lastIndexOf('/');
    int first = name.startsWith("/") ? 1 : 0;
    return last <= first
        ? Optional.empty()
        : Optional.of(name.substring(first, last).replace('/', '.'));
  }

  private static boolean flag(NodeProto node, String attribute) {
    return node.getAttributeList().stream()
        .anyMatch(given -> given.getName().equals(attribute) && given.getI() != 0);
  }

  @Override
  public String description() {
    return String.valueOf(file.file().getFileName());
  }

  @Override
  public boolean ofGraph() {
    return true;
  }

  @Override
  public Set<String> names() {
    return weights.keySet();
  }

  @Override
  public Optional<Weight> find(String name) {
    return Optional.ofNullable(weights.get(name));
  }

  /**
   * A weight within the graph.
   *
   * @param tensor the initialiser
   * @param turned whether nodes between turn it
   */
  private record Stored(String tensor, Weight weight, boolean turned) {
    private Stored transposed() {
      return new Stored(tensor, Weight.of(weight.name(), weight.matrix().transposed()), !turned);
    }
  }
}
