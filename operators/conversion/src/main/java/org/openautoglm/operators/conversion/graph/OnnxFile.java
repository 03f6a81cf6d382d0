package org.openautoglm.operators.conversion.graph;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A model read from a file. Its weights stay where they are: in {@link #model()} a large one is
 * only a reference, and {@link #tensor} looks at its elements through a memory map, whether they
 * lie in the model's own file or in a data file beside it. The files must not change while it is
 * used.
 */
public final class OnnxFile {
  private static final long LIGHT_MAX_BYTES = 256L << 20;

  private final Path file;
  private final ModelProto model;
  private final Map<String, StoredTensor> tensors;

  private OnnxFile(Path file, ModelProto model, Map<String, StoredTensor> tensors) {
    this.file = file;
    this.model = model;
    this.tensors = Collections.unmodifiableMap(tensors);
  }

  /**
   * Reads a model and checks that each of its initialisers is there with all its bytes.
   *
   * @throws OnnxFormatException where the file is cut off or no ONNX model, or where an initialiser
   *     is damaged, is of a type that models here do not have, or lies outside of the directory
   */
  public static OnnxFile open(Path file) throws IOException {
    return open(file, LIGHT_MAX_BYTES);
  }

  static OnnxFile open(Path file, long lightMaxBytes) throws IOException {
    ModelProto model;
    try {
      model = ModelProto.parseFrom(LightModel.read(file, lightMaxBytes));
    } catch (InvalidProtocolBufferException e) {
      throw new OnnxFormatException(
          file,
          "is no ONNX model, or is damaged (" + e.getMessage() + ")",
          "export or fetch it again",
          e);
    }
    if (!model.hasGraph() || model.getGraph().getNodeCount() == 0) {
      throw new OnnxFormatException(
          file, "is no ONNX model: it has no graph", "export or fetch it again");
    }
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    TensorReader reader = new TensorReader(file);
    for (TensorProto initializer : model.getGraph().getInitializerList()) {
      add(file, tensors, initializer.getName(), reader.read(initializer));
    }
    GraphProto.Builder graph = model.getGraph().toBuilder().clearInitializer().clearNode();
    for (NodeProto node : model.getGraph().getNodeList()) {
      Optional<StoredTensor> constant = reader.constant(node);
      if (constant.isPresent()) {
        add(file, tensors, node.getOutput(0), constant.get());
      } else {
        graph.addNode(node);
      }
    }
    return new OnnxFile(file, model.toBuilder().setGraph(graph).build(), tensors);
  }

  private static void add(
      Path file, Map<String, StoredTensor> tensors, String name, StoredTensor tensor)
      throws OnnxFormatException {
    if (tensors.put(name, tensor) != null) {
      throw new OnnxFormatException(
          file, "has the initialiser " + name + " twice", "export the model again");
    }
  }

  public Path file() {
    return file;
  }

  /** The model without its initialisers and constants. */
  public ModelProto model() {
    return model;
  }

  /** Nodes, inputs and outputs; {@code Constant} nodes are among the {@link #tensors()} instead. */
  public GraphProto graph() {
    return model.getGraph();
  }

  /** The initialisers and constants by name, in the file's order. */
  public Map<String, StoredTensor> tensors() {
    return tensors;
  }

  /** The initialiser or constant of that name. */
  public Optional<StoredTensor> tensor(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  /** The version of the standard operators that the model is written for; 1 where it says none. */
  public int opset() {
    return model.getOpsetImportList().stream()
        .filter(set -> set.getDomain().isEmpty() || set.getDomain().equals("ai.onnx"))
        .mapToInt(set -> (int) set.getVersion())
        .max()
        .orElse(1);
  }
}
