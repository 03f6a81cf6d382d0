package org.openautoglm.operators.conversion.graph;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
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
  private final TensorReader reader;
  private final Map<String, StoredTensor> tensors;

  private OnnxFile(
      Path file, ModelProto model, TensorReader reader, Map<String, StoredTensor> tensors) {
    this.file = file;
    this.model = model;
    this.reader = reader;
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
    TensorReader reader = new TensorReader(file);
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    for (TensorProto initializer : model.getGraph().getInitializerList()) {
      if (tensors.put(initializer.getName(), reader.read(initializer)) != null) {
        throw new OnnxFormatException(
            file,
            "has the initialiser " + initializer.getName() + " twice",
            "export the model again");
      }
    }
    return new OnnxFile(file, model, reader, tensors);
  }

  public Path file() {
    return file;
  }

  /** The whole model; large tensors in it are references without their bytes. */
  public ModelProto model() {
    return model;
  }

  /** Nodes, inputs and outputs. */
  public GraphProto graph() {
    return model.getGraph();
  }

  /** The initialisers by name, in the file's order. */
  public Map<String, StoredTensor> tensors() {
    return tensors;
  }

  /** The initialiser of that name. */
  public Optional<StoredTensor> tensor(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  /** A tensor that is not an initialiser: the value of a {@code Constant} node. */
  public StoredTensor tensor(TensorProto value) throws OnnxFormatException {
    return reader.read(value);
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
