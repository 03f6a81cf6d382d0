package org.openautoglm.operators.conversion.encoder;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.openautoglm.operators.conversion.graph.GraphBuilder;

/**
 * Rewrites nodes of older graphs for operator set 17: since 13, some operators take as an input
 * what had been an attribute, and softmax works on one axis instead of on all from one on.
 * Exporters give softmax the last axis, for which both are the same.
 */
final class OpsetUpgrade {
  /** The oldest set whose other operators mean the same in this one. */
  static final int OLDEST = 11;

  static final int TARGET = 17;

  private static final int MOVED = 13;
  private static final Set<String> AXES_MOVED = Set.of("Unsqueeze", "Squeeze", "ReduceSum");
  private static final Set<String> SOFTMAX = Set.of("Softmax", "LogSoftmax");

  private final GraphBuilder graph;
  private final int from;

  /**
   * @param from the set that the nodes were written for
   */
  OpsetUpgrade(GraphBuilder graph, int from) {
    this.graph = graph;
    this.from = from;
  }

  NodeProto upgrade(NodeProto node) {
    if (from >= MOVED || !node.getDomain().isEmpty()) {
      return node;
    }
    if (AXES_MOVED.contains(node.getOpType())) {
      return move(node, "axes");
    }
    if (node.getOpType().equals("Split")) {
      return move(node, "split");
    }
    if (SOFTMAX.contains(node.getOpType()) && find(node, "axis").isEmpty()) {
      return node.toBuilder()
          .addAttribute(
              AttributeProto.newBuilder()
                  .setName("axis")
                  .setType(AttributeProto.AttributeType.INT)
                  .setI(1))
          .build();
    }
    return node;
  }

  private NodeProto move(NodeProto node, String name) {
    Optional<AttributeProto> attribute = find(node, name);
    if (attribute.isEmpty()) {
      return node;
    }
    long[] values = attribute.get().getIntsList().stream().mapToLong(Long::longValue).toArray();
    List<AttributeProto> others =
        node.getAttributeList().stream().filter(each -> !each.getName().equals(name)).toList();
    return node.toBuilder()
        .clearAttribute()
        .addAllAttribute(others)
        .addInput(graph.constants(values))
        .build();
  }

  static Optional<AttributeProto> find(NodeProto node, String name) {
    return node.getAttributeList().stream().filter(each -> each.getName().equals(name)).findFirst();
  }
}
