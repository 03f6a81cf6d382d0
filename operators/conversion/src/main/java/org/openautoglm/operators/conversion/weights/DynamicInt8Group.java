package org.openautoglm.operators.conversion.weights;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.openautoglm.operators.conversion.graph.OnnxFile;
import org.openautoglm.operators.conversion.graph.StoredTensor;

/**
 * A matrix product as ONNX Runtime's dynamic quantisation writes it: {@code DynamicQuantizeLinear}
 * makes integers of the activations, {@code MatMulInteger} multiplies them with the stored ones,
 * and {@code Cast} and {@code Mul} make floats of the sums. The activations' scale is one for the
 * whole batch, which is why answers of such models depend on their neighbours.
 *
 * @param quantize the {@code DynamicQuantizeLinear}, which may be shared with other groups
 * @param product the {@code MatMulInteger}
 * @param cast the {@code Cast} of its sums
 * @param scales the {@code Mul} of both scales
 * @param rescale the {@code Mul} whose output is the product
 * @param weight the stored integers, [in, out]
 * @param zeroPoint one, or one a column; nothing where it is 0
 * @param scale one, or one a column
 */
public record DynamicInt8Group(
    NodeProto quantize,
    NodeProto product,
    NodeProto cast,
    NodeProto scales,
    NodeProto rescale,
    StoredTensor weight,
    Optional<StoredTensor> zeroPoint,
    StoredTensor scale) {

  /** All groups of a graph, in the order of their products. */
  public static List<DynamicInt8Group> in(OnnxFile file) throws CheckpointException {
    NodeLinks links = new NodeLinks(file.graph());
    List<DynamicInt8Group> groups = new ArrayList<>();
    for (NodeProto node : file.graph().getNodeList()) {
      if (node.getOpType().equals("MatMulInteger")
          && file.tensor(node.getInput(1)).isPresent()
          && links.producer(node.getInput(0), "DynamicQuantizeLinear").isPresent()) {
        groups.add(
            read(file, links, node)
                .orElseThrow(
                    () ->
                        new CheckpointException(
                            file.file().getFileName()
                                + ": "
                                + node.getName()
                                + " is not followed by Cast and Mul as dynamic quantisation writes"
                                + " it; export the model in fp32 or fp16")));
      }
    }
    return groups;
  }

  private static Optional<DynamicInt8Group> read(
      OnnxFile file, NodeLinks links, NodeProto product) {
    NodeProto quantize = links.producer(product.getInput(0)).orElseThrow();
    Optional<NodeProto> cast = links.onlyConsumer(product.getOutput(0), "Cast");
    Optional<NodeProto> rescale =
        cast.flatMap(node -> links.onlyConsumer(node.getOutput(0), "Mul"));
    if (rescale.isEmpty()) {
      return Optional.empty();
    }
    String factor = other(rescale.get(), cast.get().getOutput(0));
    Optional<NodeProto> scales = links.producer(factor, "Mul");
    Optional<StoredTensor> scale =
        scales.flatMap(node -> file.tensor(other(node, quantize.getOutput(1))));
    StoredTensor weight = file.tensor(product.getInput(1)).orElseThrow();
    Optional<StoredTensor> zeroPoint =
        product.getInputCount() > 3 ? file.tensor(product.getInput(3)) : Optional.empty();
    boolean known =
        zeroPoint.isPresent() || product.getInputCount() < 4 || product.getInput(3).isEmpty();
    if (scale.isEmpty()
        || !known
        || weight.dims().size() != 2
        || !fits(scale.get(), weight)
        || (zeroPoint.isPresent() && !fits(zeroPoint.get(), weight))) {
      return Optional.empty();
    }
    return Optional.of(
        new DynamicInt8Group(
            quantize,
            product,
            cast.get(),
            scales.get(),
            rescale.get(),
            weight,
            zeroPoint,
            scale.get()));
  }

  /** The input of a binary node that is not this one. */
  private static String other(NodeProto node, String input) {
    return node.getInput(node.getInput(0).equals(input) ? 1 : 0);
  }

  private static boolean fits(StoredTensor parameter, StoredTensor weight) {
    return parameter.elements() == 1 || parameter.elements() == weight.dims().get(1);
  }

  /** The weight as floats, [in, out]. */
  public WeightMatrix dequantized() throws CheckpointException {
    return new DequantizedMatrix(
        Weight.of(weight.name(), weight).matrix(),
        zeroPoint.map(StoredTensor::floats).orElse(new float[0]),
        scale.floats());
  }
}
