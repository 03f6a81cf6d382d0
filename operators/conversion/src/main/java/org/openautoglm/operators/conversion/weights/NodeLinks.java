package org.openautoglm.operators.conversion.weights;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which node makes a value, and which nodes use it. */
final class NodeLinks {
  private final Map<String, NodeProto> producers = new HashMap<>();
  private final Map<String, List<NodeProto>> consumers = new HashMap<>();

  NodeLinks(GraphProto graph) {
    for (NodeProto node : graph.getNodeList()) {
      node.getOutputList().forEach(output -> producers.put(output, node));
      for (String input : node.getInputList()) {
        consumers.computeIfAbsent(input, name -> new ArrayList<>()).add(node);
      }
    }
  }

  Optional<NodeProto> producer(String value) {
    return Optional.ofNullable(producers.get(value));
  }

  /** The producer, if it is of a type. */
  Optional<NodeProto> producer(String value, String type) {
    return producer(value).filter(node -> node.getOpType().equals(type));
  }

  List<NodeProto> consumers(String value) {
    return consumers.getOrDefault(value, List.of());
  }

  /** The only consumer, if it is of a type. */
  Optional<NodeProto> onlyConsumer(String value, String type) {
    List<NodeProto> all = consumers(value);
    return all.size() == 1 && all.get(0).getOpType().equals(type)
        ? Optional.of(all.get(0))
        : Optional.empty();
  }
}
