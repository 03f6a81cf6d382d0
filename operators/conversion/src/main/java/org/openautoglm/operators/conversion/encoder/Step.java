package org.openautoglm.operators.conversion.encoder;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.List;
import org.openautoglm.operators.conversion.quantization.Matrix;

/** One node of the new graph, or what stands for several of the old one. */
sealed interface Step {

  /** The values that it needs; empty names are left-out ones. */
  List<String> inputs();

  /** The values that it makes. */
  List<String> outputs();

  /** The same where a value has another name. */
  Step renamed(String from, String to);

  /** A node as it is. */
  record Kept(NodeProto node) implements Step {
    @Override
    public List<String> inputs() {
      return node.getInputList();
    }

    @Override
    public List<String> outputs() {
      return node.getOutputList();
    }

    @Override
    public Kept renamed(String from, String to) {
      return new Kept(
          node.toBuilder()
              .clearInput()
              .addAllInput(replace(node.getInputList(), from, to))
              .clearOutput()
              .addAllOutput(replace(node.getOutputList(), from, to))
              .build());
    }

    private static List<String> replace(List<String> names, String from, String to) {
      return names.stream().map(name -> name.equals(from) ? to : name).toList();
    }
  }

  /**
   * Activations times weights.
   *
   * @param activations float {@code [..., K]}
   * @param name of the weights
   * @param weights {@code [K, N]}
   * @param bias float {@code [N]}; empty where there is none
   */
  record Product(String activations, String name, Matrix weights, String bias, String output)
      implements Step {
    @Override
    public List<String> inputs() {
      return List.of(activations, bias);
    }

    @Override
    public List<String> outputs() {
      return List.of(output);
    }

    @Override
    public Product renamed(String from, String to) {
      return new Product(
          activations.equals(from) ? to : activations,
          name,
          weights,
          bias.equals(from) ? to : bias,
          output.equals(from) ? to : output);
    }
  }

  /**
   * A vector for each id.
   *
   * @param table {@code [ids, width]}
   */
  record Lookup(String ids, String name, Matrix table, String output) implements Step {
    @Override
    public List<String> inputs() {
      return List.of(ids);
    }

    @Override
    public List<String> outputs() {
      return List.of(output);
    }

    @Override
    public Lookup renamed(String from, String to) {
      return new Lookup(
          ids.equals(from) ? to : ids, name, table, output.equals(from) ? to : output);
    }
  }
}
