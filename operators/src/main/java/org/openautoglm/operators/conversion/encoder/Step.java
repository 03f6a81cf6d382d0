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
  }
}
