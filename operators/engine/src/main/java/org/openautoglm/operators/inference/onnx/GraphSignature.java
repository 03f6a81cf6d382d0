package org.openautoglm.operators.inference.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.model.Problems;

/**
 * Which inputs an encoder's graph takes, and which of its outputs is the answer.
 *
 * @param inputs what it is fed, batch × tokens each
 * @param output the name of the answer
 * @param perToken whether the answer is a vector for each token, batch × tokens × width, and not
 *     for each row, batch × width
 */
record GraphSignature(List<Input> inputs, String output, boolean perToken) {

  /** The name of an output that needs no softmax any more. */
  static final String PROBABILITIES = "probabilities";

  private static final Set<OnnxJavaType> FLOATS =
      EnumSet.of(OnnxJavaType.FLOAT, OnnxJavaType.FLOAT16, OnnxJavaType.BFLOAT16);

  /** What stands in an input. */
  enum Content {
    TOKENS("input_ids"),
    /** 1 for a row's own tokens, 0 for padding. */
    MASK("attention_mask"),
    /** 0: rows are single texts. */
    TYPES("token_type_ids");

    private final String inputName;

    Content(String inputName) {
      this.inputName = inputName;
    }
  }

  /**
   * An input of the graph.
   *
   * @param wide whether its numbers have 64 bits, and not 32
   */
  record Input(String name, Content content, boolean wide) {}

  /**
   * Reads a graph's signature.
   *
   * @param pooled whether an output that the graph has pooled itself is wanted, if it has one
   */
  static GraphSignature of(
      OrtSession session, String file, TaskType task, boolean pooled, Problems problems)
      throws OrtException {
    List<Input> inputs = new ArrayList<>();
    for (NodeInfo node : session.getInputInfo().values()) {
      input(node).ifPresentOrElse(inputs::add, () -> refuse(node, file, problems));
    }
    Collection<NodeInfo> outputs = session.getOutputInfo().values();
    Optional<NodeInfo> output =
        task == TaskType.CLASSIFICATION ? classes(outputs) : embedding(outputs, pooled);
    if (output.isEmpty()) {
      problems.add(
          file,
          "has no output for the task " + task + " among " + session.getOutputNames(),
          "check task_type, or export the graph for this task");
    }
    String name = output.map(NodeInfo::getName).orElse("");
    return new GraphSignature(
        List.copyOf(inputs), name, output.map(node -> rank(node) == 3).orElse(false));
  }

  private static Optional<NodeInfo> classes(Collection<NodeInfo> outputs) {
    return outputs.stream()
        .filter(node -> node.getName().equals(PROBABILITIES) && rank(node) == 2)
        .findFirst()
        .or(() -> first(outputs, 2, "logits"));
  }

  private static Optional<NodeInfo> embedding(Collection<NodeInfo> outputs, boolean pooled) {
    Optional<NodeInfo> whole = first(outputs, 2, "sentence_embedding");
    Optional<NodeInfo> tokens = first(outputs, 3, "last_hidden_state");
    boolean named = whole.filter(node -> node.getName().equals("sentence_embedding")).isPresent();
    return tokens.isEmpty() || (pooled && named) ? whole : tokens;
  }

  /** The output of that name, or the first one of that rank. */
  private static Optional<NodeInfo> first(Collection<NodeInfo> outputs, int rank, String name) {
    List<NodeInfo> fitting = outputs.stream().filter(node -> rank(node) == rank).toList();
    return fitting.stream()
        .filter(node -> node.getName().equals(name))
        .findFirst()
        .or(() -> fitting.stream().findFirst());
  }

  private static int rank(NodeInfo node) {
    return node.getInfo() instanceof TensorInfo tensor && FLOATS.contains(tensor.type)
        ? tensor.getShape().length
        : -1;
  }

  private static Optional<Input> input(NodeInfo node) {
    if (node.getInfo() instanceof TensorInfo tensor
        && (tensor.type == OnnxJavaType.INT64 || tensor.type == OnnxJavaType.INT32)) {
      for (Content content : Content.values()) {
        if (content.inputName.equals(node.getName())) {
          return Optional.of(new Input(node.getName(), content, tensor.type == OnnxJavaType.INT64));
        }
      }
    }
    return Optional.empty();
  }

  private static void refuse(NodeInfo node, String file, Problems problems) {
    problems.add(
        file,
        "takes the input " + node.getName() + " (" + node.getInfo() + "), which texts do not have",
        "export it with input_ids, attention_mask and token_type_ids only");
  }
}
