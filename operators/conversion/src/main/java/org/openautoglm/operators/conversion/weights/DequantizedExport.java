package org.openautoglm.operators.conversion.weights;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.Initializer;
import org.openautoglm.operators.conversion.graph.OnnxFile;
import org.openautoglm.operators.conversion.graph.OnnxModel;
import org.openautoglm.operators.conversion.graph.OnnxWriter;
import org.openautoglm.operators.conversion.graph.Progress;
import org.openautoglm.operators.conversion.graph.StoredTensor;
import org.openautoglm.operators.conversion.quantization.Matrix;

/**
 * An export as it was before dynamic quantisation, as far as the stored integers tell: each group
 * of {@code DynamicQuantizeLinear}, {@code MatMulInteger}, {@code Cast} and {@code Mul} becomes one
 * {@code MatMul} with the weights that the integers stand for. Its answers do not depend on their
 * neighbours, so that it is what a converted graph is compared with.
 */
public final class DequantizedExport {
  private final OnnxFile file;
  private final List<DynamicInt8Group> groups;

  private DequantizedExport(OnnxFile file, List<DynamicInt8Group> groups) {
    this.file = file;
    this.groups = groups;
  }

  /**
   * Writes it.
   *
   * @param graph the export
   * @param target the file to write, in a directory that is there
   * @return how many groups were replaced; where there were none, the graph is written as it is
   */
  public static int write(Path graph, Path target, Progress progress) throws IOException {
    OnnxFile file = OnnxFile.open(graph);
    List<DynamicInt8Group> groups = DynamicInt8Group.in(file);
    OnnxWriter.write(new DequantizedExport(file, groups).model(), target, progress);
    return groups.size();
  }

  private OnnxModel model() throws CheckpointException {
    Map<String, NodeProto> products = new HashMap<>();
    Map<String, Initializer> weights = new HashMap<>();
    Set<String> replaced = new HashSet<>();
    for (DynamicInt8Group group : groups) {
      String name = group.weight().name() + ".dequantized";
      weights.put(name, floats(name, group.dequantized()));
      products.put(
          group.rescale().getOutput(0),
          NodeProto.newBuilder()
              .setName(group.product().getName())
              .setOpType("MatMul")
              .addInput(group.quantize().getInput(0))
              .addInput(name)
              .addOutput(group.rescale().getOutput(0))
              .build());
      for (NodeProto node : List.of(group.product(), group.cast(), group.scales())) {
        replaced.add(node.getOutput(0));
      }
    }
    List<NodeProto> nodes = nodes(products, replaced);
    List<Initializer> initializers = new ArrayList<>(weights.values());
    for (StoredTensor tensor : file.tensors().values()) {
      initializers.add(Initializer.copy(tensor.name(), tensor));
    }
    return model(nodes, initializers);
  }

  /** The nodes with each group's last one replaced, without those that nobody uses any more. */
  private List<NodeProto> nodes(Map<String, NodeProto> products, Set<String> replaced) {
    Set<String> used = new HashSet<>();
    file.graph().getOutputList().forEach(output -> used.add(output.getName()));
    List<NodeProto> kept = new ArrayList<>();
    for (NodeProto node : file.graph().getNodeList()) {
      String output = node.getOutput(0);
      if (!replaced.contains(output)) {
        kept.add(products.getOrDefault(output, node));
      }
    }
    kept.forEach(node -> used.addAll(node.getInputList()));
    kept.removeIf(
        node ->
            node.getOpType().equals("DynamicQuantizeLinear")
                && node.getOutputList().stream().noneMatch(used::contains));
    return kept;
  }

  private OnnxModel model(List<NodeProto> nodes, List<Initializer> initializers) {
    Set<String> used = new HashSet<>();
    nodes.forEach(node -> used.addAll(node.getInputList()));
    GraphProto.Builder graph =
        file.graph().toBuilder().clearNode().clearInitializer().addAllNode(nodes);
    graph.clearValueInfo();
    return new OnnxModel(
        file.model().toBuilder().setGraph(graph).build(),
        initializers.stream().filter(weight -> used.contains(weight.name())).toList());
  }

  private static Initializer floats(String name, WeightMatrix matrix) {
    return new Initializer(
        name,
        ElementType.FLOAT,
        List.of((long) matrix.rows(), (long) matrix.columns()),
        out -> {
          Matrix strips = matrix.inStrips();
          float[] row = new float[matrix.columns()];
          for (int i = 0; i < matrix.rows(); i++) {
            strips.read(i, row);
            out.floats(row, 0, row.length);
          }
        });
  }
}
