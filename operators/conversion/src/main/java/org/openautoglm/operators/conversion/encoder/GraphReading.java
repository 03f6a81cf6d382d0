package org.openautoglm.operators.conversion.encoder;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.openautoglm.operators.conversion.encoder.Step.Kept;
import org.openautoglm.operators.conversion.encoder.Step.Lookup;
import org.openautoglm.operators.conversion.encoder.Step.Product;
import org.openautoglm.operators.conversion.graph.ElementType;
import org.openautoglm.operators.conversion.graph.OnnxFile;
import org.openautoglm.operators.conversion.graph.StoredTensor;
import org.openautoglm.operators.conversion.quantization.Matrix;

/**
 * Reads an export as steps: products with weights, whether these are floats or a dynamically
 * quantised group; lookups in tables; and nodes in whose rows nothing depends on other rows.
 */
final class GraphReading {
  /** Operators that treat each text of a batch by itself, and those that only compute shapes. */
  private static final Set<String> UNDERSTOOD =
      Set.of(
          "Abs",
          "Add",
          "And",
          "Cast",
          "Clip",
          "Concat",
          "ConstantOfShape",
          "Cos",
          "CumSum",
          "Div",
          "DequantizeLinear",
          "Dropout",
          "Equal",
          "Erf",
          "Exp",
          "Expand",
          "Flatten",
          "Gather",
          "GatherElements",
          "GatherND",
          "Gelu",
          "Gemm",
          "Greater",
          "GreaterOrEqual",
          "Identity",
          "IsNaN",
          "LayerNormalization",
          "Less",
          "LessOrEqual",
          "Log",
          "LogSoftmax",
          "MatMul",
          "Max",
          "Min",
          "Mod",
          "Mul",
          "Neg",
          "Not",
          "Or",
          "Pow",
          "Range",
          "Reciprocal",
          "ReduceL2",
          "ReduceMax",
          "ReduceMean",
          "ReduceMin",
          "ReduceSum",
          "Relu",
          "Reshape",
          "Shape",
          "Sigmoid",
          "Sign",
          "Sin",
          "Slice",
          "Softmax",
          "Split",
          "Sqrt",
          "Squeeze",
          "Sub",
          "Tanh",
          "Tile",
          "Transpose",
          "Trilu",
          "Unsqueeze",
          "Where");

  private static final Set<String> UNDERSTOOD_MICROSOFT =
      Set.of("BiasGelu", "FastGelu", "Gelu", "SkipLayerNormalization");

  private static final Set<String> TWO_INPUTS = Set.of("MatMul", "Gemm", "Mul", "Gather");

  /** Smaller tables stay floats. */
  private static final long TABLE_MIN_ELEMENTS = 1 << 20;

  private final OnnxFile file;
  private final Map<String, NodeProto> makers = new HashMap<>();

  /** The products of whole numbers that belong to a group that is understood. */
  private final Set<String> groups = new HashSet<>();

  GraphReading(OnnxFile file) {
    this.file = file;
    for (NodeProto node : file.graph().getNodeList()) {
      node.getOutputList().forEach(output -> makers.put(output, node));
    }
  }

  /** The steps in the graph's order, without those that only served quantised groups. */
  List<Step> steps() throws UnsupportedGraphException {
    List<Step> steps = new ArrayList<>();
    for (NodeProto node : file.graph().getNodeList()) {
      switch (node.getOpType()) {
        case "DynamicQuantizeLinear", "MatMulInteger" -> {}
        default -> {
          if (!readsInteger(node)) {
            steps.add(step(node));
          }
        }
      }
    }
    for (NodeProto node : file.graph().getNodeList()) {
      if (node.getOpType().equals("MatMulInteger") && !groups.contains(node.getOutput(0))) {
        throw unsupported(node, "a MatMulInteger in a form that is not known");
      }
    }
    return steps;
  }

  private Step step(NodeProto node) throws UnsupportedGraphException {
    if (TWO_INPUTS.contains(node.getOpType())
        && (node.getInputCount() < 2 || node.getOutputCount() != 1)) {
      throw unsupported(node, "the operator " + node.getOpType() + " without two inputs");
    }
    Optional<Step> read =
        switch (node.getOpType()) {
          case "MatMul" -> matMul(node);
          case "Gemm" -> gemm(node);
          case "Mul" -> dynamic(node);
          case "Gather" -> lookup(node);
          default -> Optional.empty();
        };
    if (read.isPresent()) {
      return read.get();
    }
    boolean known =
        (node.getDomain().isEmpty() || node.getDomain().equals("ai.onnx"))
            ? UNDERSTOOD.contains(node.getOpType())
            : UNDERSTOOD_MICROSOFT.contains(node.getOpType());
    if (!known) {
      String domain = node.getDomain().isEmpty() ? "" : node.getDomain() + ".";
      throw unsupported(node, "the operator " + domain + node.getOpType());
    }
    return new Kept(node);
  }

  private Optional<Step> matMul(NodeProto node) {
    return matrix(node.getInput(1))
        .map(
            weights ->
                new Product(
                    node.getInput(0), node.getInput(1), Matrix.of(weights), "", node.getOutput(0)));
  }

  private Optional<Step> gemm(NodeProto node) throws UnsupportedGraphException {
    Optional<StoredTensor> weights = matrix(node.getInput(1));
    if (weights.isEmpty()) {
      throw unsupported(node, "a Gemm without constant weights");
    }
    boolean plain =
        number(node, "alpha") == 1 && number(node, "beta") == 1 && integer(node, "transA") == 0;
    if (!plain) {
      throw unsupported(node, "a Gemm with factors, or with its activations transposed");
    }
    Matrix matrix = Matrix.of(weights.get());
    boolean turned = integer(node, "transB") == 1;
    return Optional.of(
        new Product(
            node.getInput(0),
            turned ? node.getInput(1) + ".transposed" : node.getInput(1),
            turned ? matrix.transposed() : matrix,
            node.getInputCount() > 2 ? node.getInput(2) : "",
            node.getOutput(0)));
  }

  /** {@code Mul(Cast(MatMulInteger(q, W, z, zW)), Mul(s, sW))} where x became q, s and z. */
  private Optional<Step> dynamic(NodeProto node) throws UnsupportedGraphException {
    for (int cast = 0; cast < 2; cast++) {
      NodeProto whole = maker(node.getInput(cast), "Cast");
      NodeProto product =
          whole.getInputCount() == 0 ? whole : maker(whole.getInput(0), "MatMulInteger");
      if (product.getInputCount() == 0) {
        continue;
      }
      NodeProto quantize = maker(product.getInput(0), "DynamicQuantizeLinear");
      NodeProto factor = maker(node.getInput(1 - cast), "Mul");
      Optional<StoredTensor> weights = file.tensor(product.getInput(1));
      Optional<StoredTensor> scales =
          factor.getInputCount() < 2
              ? Optional.empty()
              : file.tensor(factor.getInput(1)).or(() -> file.tensor(factor.getInput(0)));
      if (quantize.getInputCount() == 0
          || weights.isEmpty()
          || weights.get().dims().size() != 2
          || scales.isEmpty()) {
        throw unsupported(product, "a MatMulInteger in a form that is not known");
      }
      float[] zeros =
          product.getInputCount() > 3
              ? file.tensor(product.getInput(3)).map(StoredTensor::floats).orElse(new float[1])
              : new float[1];
      groups.add(product.getOutput(0));
      return Optional.of(
          new Product(
              quantize.getInput(0),
              product.getInput(1),
              new DequantizedMatrix(weights.get(), zeros, scales.get().floats()),
              "",
              node.getOutput(0)));
    }
    return Optional.empty();
  }

  private Optional<Step> lookup(NodeProto node) {
    return matrix(node.getInput(0))
        .filter(table -> table.elements() >= TABLE_MIN_ELEMENTS && integer(node, "axis") == 0)
        .map(
            table ->
                new Lookup(
                    node.getInput(1), node.getInput(0), Matrix.of(table), node.getOutput(0)));
  }

  /** Whether a node only serves a quantised group: the cast of its product, or its scale. */
  private boolean readsInteger(NodeProto node) {
    if (node.getOpType().equals("Cast") && node.getInputCount() == 1) {
      return maker(node.getInput(0), "MatMulInteger").getInputCount() > 0;
    }
    return node.getOpType().equals("Mul")
        && node.getInputList().stream()
            .anyMatch(input -> maker(input, "DynamicQuantizeLinear").getInputCount() > 0);
  }

  /** The node that makes a value, or one without inputs where that is not of this type. */
  private NodeProto maker(String value, String type) {
    NodeProto node = makers.get(value);
    return node != null && node.getOpType().equals(type) && node.getInputCount() > 0
        ? node
        : NodeProto.newBuilder().build();
  }

  private Optional<StoredTensor> matrix(String name) {
    return file.tensor(name)
        .filter(tensor -> tensor.dims().size() == 2 && tensor.type() == ElementType.FLOAT);
  }

  private static float number(NodeProto node, String attribute) {
    return OpsetUpgrade.find(node, attribute).map(each -> each.getF()).orElse(1f);
  }

  private static long integer(NodeProto node, String attribute) {
    return OpsetUpgrade.find(node, attribute).map(each -> each.getI()).orElse(0L);
  }

  private UnsupportedGraphException unsupported(NodeProto node, String what) {
    String name =
        node.getName().isEmpty() && node.getOutputCount() > 0 ? node.getOutput(0) : node.getName();
    return new UnsupportedGraphException(
        file.file(), "has " + what + " (node " + name + "), which conversion does not understand");
  }
}
