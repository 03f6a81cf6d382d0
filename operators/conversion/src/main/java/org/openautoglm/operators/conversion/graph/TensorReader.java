package org.openautoglm.operators.conversion.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the elements of a model's tensors, in the message or in a file, and maps each file once.
 */
final class TensorReader {
  private static final String EXPORT_AGAIN = "export or fetch the model again";

  private static final int FLOAT = ElementType.FLOAT.code();
  private static final int INT64 = ElementType.INT64.code();

  private final Path file;
  private final Map<String, MappedFile> maps = new HashMap<>();

  TensorReader(Path file) {
    this.file = file;
  }

  StoredTensor read(TensorProto tensor) throws OnnxFormatException {
    ElementType type =
        ElementType.of(tensor.getDataType())
            .orElseThrow(
                () ->
                    damaged(
                        tensor,
                        "is of the data type "
                            + tensor.getDataType()
                            + ", which is not supported"));
    long size = byteSize(tensor, type);
    StoredTensor stored =
        tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL
            ? external(tensor, type, size)
            : StoredTensor.onHeap(
                tensor.getName(), type, tensor.getDimsList(), inMessage(tensor, type));
    if (stored.byteSize() != size) {
      throw damaged(
          tensor,
          "has " + stored.byteSize() + " bytes, but its shape " + stored.dims() + " takes " + size);
    }
    return stored;
  }

  /** The value of a {@code Constant} node; empty for any other. */
  Optional<StoredTensor> constant(NodeProto node) throws OnnxFormatException {
    if (!node.getOpType().equals("Constant")
        || node.getOutputCount() != 1
        || node.getAttributeCount() != 1) {
      return Optional.empty();
    }
    AttributeProto value = node.getAttribute(0);
    TensorProto.Builder tensor = TensorProto.newBuilder();
    switch (value.getName()) {
      case "value" -> tensor.mergeFrom(value.getT());
      case "value_float" -> tensor.setDataType(FLOAT).addFloatData(value.getF());
      case "value_int" -> tensor.setDataType(INT64).addInt64Data(value.getI());
      case "value_floats" ->
          tensor
              .setDataType(FLOAT)
              .addDims(value.getFloatsCount())
              .addAllFloatData(value.getFloatsList());
      case "value_ints" ->
          tensor
              .setDataType(INT64)
              .addDims(value.getIntsCount())
              .addAllInt64Data(value.getIntsList());
      default -> {
        return Optional.empty();
      }
    }
    return Optional.of(read(tensor.setName(node.getOutput(0)).build()));
  }

  private long byteSize(TensorProto tensor, ElementType type) throws OnnxFormatException {
    long size = type.bytes();
    try {
      for (long dim : tensor.getDimsList()) {
        if (dim < 0) {
          throw damaged(tensor, "has a negative size in its shape " + tensor.getDimsList());
        }
        size = Math.multiplyExact(size, dim);
      }
      return size;
    } catch (ArithmeticException e) {
      throw damaged(tensor, "has the shape " + tensor.getDimsList() + ", which no file can hold");
    }
  }

  private StoredTensor external(TensorProto tensor, ElementType type, long size)
      throws OnnxFormatException {
    Map<String, String> entries = new HashMap<>();
    for (StringStringEntryProto entry : tensor.getExternalDataList()) {
      entries.put(entry.getKey(), entry.getValue());
    }
    MappedFile data = map(tensor, entries.getOrDefault("location", ""));
    long offset = number(tensor, entries.getOrDefault("offset", "0"));
    long length = number(tensor, entries.getOrDefault("length", Long.toString(size)));
    if (offset > data.size() || length > data.size() - offset) {
      throw damaged(
          tensor,
          "claims "
              + length
              + " bytes at "
              + offset
              + " of "
              + data.file()
              + ", which has "
              + data.size());
    }
    return StoredTensor.mapped(tensor.getName(), type, tensor.getDimsList(), data, offset, length);
  }

  private long number(TensorProto tensor, String text) throws OnnxFormatException {
    try {
      long number = Long.parseLong(text);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw damaged(tensor, "has external data with the offset or length \"" + text + "\"");
  }

  /**
   * Names only: a link inside of the directory may lead anywhere, as the hub's caches have them.
   */
  private MappedFile map(TensorProto tensor, String location) throws OnnxFormatException {
    MappedFile known = maps.get(location);
    if (known != null) {
      return known;
    }
    Path directory = file.toAbsolutePath().normalize().getParent();
    try {
      Path data = directory.resolve(location).normalize();
      if (location.isEmpty() || !data.startsWith(directory) || data.equals(directory)) {
        throw damaged(
            tensor, "has its data in \"" + location + "\", outside of the model's directory");
      }
      MappedFile map = MappedFile.open(data);
      maps.put(location, map);
      return map;
    } catch (OnnxFormatException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw damaged(
          tensor, "has its data in \"" + location + "\", which cannot be read (" + e + ")");
    }
  }

  /** The elements as ONNX would have them in {@code raw_data}. */
  private ByteBuffer inMessage(TensorProto tensor, ElementType type) {
    if (!tensor.getRawData().isEmpty()) {
      return tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }
    int count =
        switch (type) {
          case FLOAT -> tensor.getFloatDataCount();
          case DOUBLE -> tensor.getDoubleDataCount();
          case INT64 -> tensor.getInt64DataCount();
          default -> tensor.getInt32DataCount();
        };
    ByteBuffer bytes = ByteBuffer.allocate(count * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      switch (type) {
        case FLOAT -> bytes.putFloat(tensor.getFloatData(i));
        case DOUBLE -> bytes.putDouble(tensor.getDoubleData(i));
        case INT64 -> bytes.putLong(tensor.getInt64Data(i));
        case INT32 -> bytes.putInt(tensor.getInt32Data(i));
        case FLOAT16, BFLOAT16 -> bytes.putShort((short) tensor.getInt32Data(i));
        case UINT8, INT8, BOOL -> bytes.put((byte) tensor.getInt32Data(i));
      }
    }
    return bytes.flip();
  }

  private OnnxFormatException damaged(TensorProto tensor, String problem) {
    return new OnnxFormatException(
        file, "is damaged: the initialiser " + tensor.getName() + " " + problem, EXPORT_AGAIN);
  }
}
