package org.openautoglm.operators.conversion.check;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.openautoglm.operators.conversion.check.LoadedGraph.Element;
import org.openautoglm.operators.conversion.check.LoadedGraph.Outputs;
import org.openautoglm.operators.conversion.check.LoadedGraph.Slot;
import org.openautoglm.operators.conversion.check.LoadedGraph.Tensor;
import org.openautoglm.operators.conversion.graph.Initializer;
import org.openautoglm.operators.conversion.graph.OnnxFile;
import org.openautoglm.operators.conversion.graph.OnnxModel;
import org.openautoglm.operators.conversion.graph.OnnxWriter;
import org.openautoglm.operators.conversion.graph.Progress;

/**
 * Finds the operator at which two graphs part that have values of the same names, as a graph and
 * one that was made of it by exchanging operators have: both are run on one row with every such
 * value as an output.
 */
public final class GraphDivergence {
  /** Differences up to this share of what is compared, both as Euclidean lengths, do not count. */
  private final double shareMax;

  private final GraphRuntime runtime;

  public GraphDivergence(GraphRuntime runtime, double shareMax) {
    this.runtime = runtime;
    this.shareMax = shareMax;
  }

  /**
   * The place, to be read after "they first differ".
   *
   * @param scratch an empty directory
   */
  public String place(Path original, Path converted, int[] row, Path scratch) {
    try {
      OnnxFile before = OnnxFile.open(original);
      OnnxFile after = OnnxFile.open(converted);
      Set<String> shared = names(before);
      shared.retainAll(names(after));
      Map<String, float[]> expected = values(before, shared, row, scratch.resolve("original.onnx"));
      Map<String, float[]> actual = values(after, shared, row, scratch.resolve("converted.onnx"));
      for (NodeProto node : before.graph().getNodeList()) {
        for (String output : node.getOutputList()) {
          if (expected.containsKey(output)
              && actual.containsKey(output)
              && differ(expected.get(output), actual.get(output))) {
            return "at %s %s (its output %s)".formatted(node.getOpType(), node.getName(), output);
          }
        }
      }
      return "after the last value that they share: in the pooling, normalisation or head";
    } catch (IOException e) {
      return "at a place that could not be found: " + e.getMessage();
    }
  }

  private static Set<String> names(OnnxFile file) {
    Set<String> names = new HashSet<>();
    for (NodeProto node : file.graph().getNodeList()) {
      if (!node.getOpType().equals("Constant")) {
        names.addAll(node.getOutputList());
      }
    }
    names.remove("");
    return names;
  }

  private Map<String, float[]> values(OnnxFile file, Set<String> names, int[] row, Path target)
      throws IOException {
    GraphProto.Builder graph = file.graph().toBuilder().clearInitializer();
    Set<String> outputs = new HashSet<>();
    graph.getOutputList().forEach(output -> outputs.add(output.getName()));
    for (String name : names) {
      if (!outputs.contains(name)) {
        graph.addOutput(ValueInfoProto.newBuilder().setName(name));
      }
    }
    List<Initializer> weights = new ArrayList<>();
    file.tensors().forEach((name, tensor) -> weights.add(Initializer.copy(name, tensor)));
    OnnxWriter.write(
        new OnnxModel(file.model().toBuilder().setGraph(graph).build(), weights),
        target,
        Progress.SILENT);
    try (LoadedGraph loaded = runtime.load(target)) {
      return run(loaded, names, row);
    }
  }

  private static Map<String, float[]> run(LoadedGraph graph, Set<String> names, int[] row)
      throws IOException {
    List<String> floats =
        graph.outputs().stream()
            .filter(slot -> names.contains(slot.name()) && slot.element() == Element.FLOAT)
            .map(Slot::name)
            .toList();
    Map<String, Tensor> inputs = new HashMap<>();
    try {
      for (Slot input : graph.inputs()) {
        inputs.put(input.name(), EncoderModel.input(graph, input, List.of(row), row.length, 0));
      }
      try (Outputs outputs = graph.run(inputs, floats, Map.of())) {
        Map<String, float[]> values = new HashMap<>();
        for (String name : floats) {
          values.put(name, outputs.get(name).floats());
        }
        return values;
      }
    } finally {
      inputs.values().forEach(Tensor::close);
    }
  }

  private boolean differ(float[] expected, float[] actual) {
    if (expected.length != actual.length) {
      return false; // Another shape is another thing of the same name.
    }
    double squares = 0;
    double squaresOfDifference = 0;
    for (int i = 0; i < expected.length; i++) {
      double difference = (double) expected[i] - actual[i];
      squares += (double) expected[i] * expected[i];
      squaresOfDifference += difference * difference;
    }
    return !(Math.sqrt(squaresOfDifference) <= shareMax * Math.sqrt(squares));
  }
}
