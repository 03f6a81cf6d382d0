package org.openautoglm.operators.conversion.graph;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Builds a graph node by node, in the order in which they run. A value is known by its name, which
 * the methods that make it return; made-up names are unique. What uses a value before it is there,
 * or makes one twice, is refused at once.
 *
 * <p>A scope is the same graph under a longer prefix: {@code graph.scope("layers.0")} calls its
 * nodes {@code layers.0/...}, so that an error at run time says which layer it is in.
 */
public final class GraphBuilder {
  private static final int IR_VERSION = 8;

  private final Graph graph;
  private final String prefix;

  /** What all scopes of a graph share. */
  private static final class Graph {
    private final GraphProto.Builder proto;
    private final List<Initializer> initializers = new ArrayList<>();
    private final Set<String> values = new HashSet<>();
    private final Set<String> reserved = new HashSet<>();
    private final Map<String, Integer> opsets = new TreeMap<>();

    private Graph(String name) {
      this.proto = GraphProto.newBuilder().setName(name);
    }
  }

  /**
   * @param name what the graph is called
   * @param opset the version of ONNX's own operators that its nodes are written for
   */
  public GraphBuilder(String name, int opset) {
    this(new Graph(name), "");
    opset("", opset);
  }

  private GraphBuilder(Graph graph, String prefix) {
    this.graph = graph;
    this.prefix = prefix;
  }

  /** The same graph, with this part's name before the names of its nodes and values. */
  public GraphBuilder scope(String part) {
    return new GraphBuilder(graph, prefix + part + "/");
  }

  /** Says which version of a domain's operators the nodes are written for. */
  public void opset(String domain, int version) {
    graph.opsets.put(domain.equals("ai.onnx") ? "" : domain, version);
  }

  /** The version of ONNX's own operators that the nodes are written for. */
  public int opset() {
    return graph.opsets.get("");
  }

  /** Adds an input with exactly this name, and returns it. */
  public String input(String name, ElementType type, Dim... dims) {
    define(name);
    graph.proto.addInput(value(name, type, dims));
    return name;
  }

  /** Makes an output of the value of that name, which is to be there already. */
  public void output(String value, ElementType type, Dim... dims) {
    use(value, "the graph's outputs");
    graph.proto.addOutput(value(value, type, dims));
  }

  /** Adds a weight with exactly its name, and returns it. */
  public String initializer(Initializer initializer) {
    define(initializer.name());
    graph.initializers.add(initializer);
    return initializer.name();
  }

  /** A single number. */
  public String constant(float value) {
    return initializer(Initializer.of(unique("constant"), new float[] {value}));
  }

  /** A single integer of 64 bits. */
  public String constant(long value) {
    return initializer(Initializer.of(unique("constant"), new long[] {value}));
  }

  /** A list of integers of 64 bits, such as a shape. */
  public String constants(long... values) {
    return initializer(Initializer.of(unique("constants"), values, values.length));
  }

  /**
   * Adds a node with one output, and returns the output's name.
   *
   * @param inputs values that are there already; empty for one that is left out
   */
  public String node(Op op, String... inputs) {
    return nodes(op, 1, inputs).get(0);
  }

  /** Adds a node of one of ONNX's own operators without attributes, and returns its output. */
  public String node(String type, String... inputs) {
    return node(Op.of(type), inputs);
  }

  /** Adds a node with several outputs, and returns their names. */
  public List<String> nodes(Op op, int outputs, String... inputs) {
    String base = op.name().isEmpty() ? op.type() : op.name();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < outputs; i++) {
      names.add(unique(i == 0 ? base : base + "." + i));
    }
    node(op, List.of(inputs), names);
    return names;
  }

  /** Adds a node whose outputs are to have exactly these names. */
  public void node(Op op, List<String> inputs, List<String> outputs) {
    node(
        NodeProto.newBuilder()
            .setName(outputs.get(0))
            .setDomain(op.domain())
            .setOpType(op.type())
            .addAllInput(inputs)
            .addAllOutput(outputs)
            .addAllAttribute(op.attributes())
            .build());
  }

  /** Adds a node as another graph has it. */
  public void node(NodeProto node) {
    for (String input : node.getInputList()) {
      if (!input.isEmpty()) {
        use(input, node.getOpType() + " " + node.getName());
      }
    }
    for (String output : node.getOutputList()) {
      if (!output.isEmpty()) {
        define(output);
      }
    }
    if (!node.getDomain().isEmpty()) {
      graph.opsets.putIfAbsent(node.getDomain(), 1);
    }
    graph.proto.addNode(node);
  }

  /** Whether there is a value of that name. */
  public boolean has(String value) {
    return graph.values.contains(value);
  }

  /** Keeps a name for a value that is yet to come, so that no made-up name is the same. */
  public void reserve(String name) {
    graph.reserved.add(name);
  }

  /** A name in this scope that no value has yet. */
  public String unique(String hint) {
    String wanted = prefix + hint;
    String name = wanted;
    for (int i = 1; graph.values.contains(name) || graph.reserved.contains(name); i++) {
      name = wanted + "_" + i;
    }
    return name;
  }

  /**
   * The model.
   *
   * @param metadata kept in the model's {@code metadata_props}
   */
  public OnnxModel build(Map<String, String> metadata) {
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(IR_VERSION)
            .setProducerName("open-autoglm")
            .setGraph(graph.proto.build());
    graph.opsets.forEach(
        (domain, version) ->
            model.addOpsetImport(
                OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(version)));
    new TreeMap<>(metadata)
        .forEach(
            (key, value) ->
                model.addMetadataProps(
                    StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    return new OnnxModel(model.build(), graph.initializers);
  }

  private void define(String name) {
    if (!graph.values.add(name)) {
      throw new IllegalArgumentException("the graph has the value " + name + " already");
    }
  }

  private void use(String name, String user) {
    if (!graph.values.contains(name)) {
      throw new IllegalArgumentException("the graph has no value " + name + " for " + user);
    }
  }

  private static ValueInfoProto value(String name, ElementType type, Dim... dims) {
    TensorShapeProto shape =
        TensorShapeProto.newBuilder()
            .addAllDim(Arrays.stream(dims).map(Dim::toProto).toList())
            .build();
    TypeProto.Tensor tensor =
        TypeProto.Tensor.newBuilder().setElemType(type.code()).setShape(shape).build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }
}
