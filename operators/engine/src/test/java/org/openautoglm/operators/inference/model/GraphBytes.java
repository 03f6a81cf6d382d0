package org.openautoglm.operators.inference.model;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * An ONNX graph for tests, written in protobuf's wire format, field by field as in {@code
 * onnx.proto}.
 */
final class GraphBytes {
  static final int FLOAT = 1;
  static final int INT32 = 6;
  static final int INT64 = 7;
  static final int BOOL = 9;
  static final int FLOAT16 = 10;

  private static final int OPSET = 17;

  private final List<byte[]> nodes = new ArrayList<>();
  private final List<byte[]> initializers = new ArrayList<>();
  private final List<byte[]> inputs = new ArrayList<>();
  private final List<byte[]> outputs = new ArrayList<>();
  private final List<byte[]> metadata = new ArrayList<>();

  GraphBytes nodes(List<byte[]> more) {
    nodes.addAll(more);
    return this;
  }

  GraphBytes initializer(byte[] tensor) {
    initializers.add(tensor);
    return this;
  }

  GraphBytes input(byte[] value) {
    inputs.add(value);
    return this;
  }

  GraphBytes output(byte[] value) {
    outputs.add(value);
    return this;
  }

  /** An entry of the model's metadata. */
  GraphBytes metadata(String name, String value) {
    metadata.add(
        message(
            pair -> {
              pair.writeString(1, name);
              pair.writeString(2, value);
            }));
    return this;
  }

  /** The model file. */
  byte[] model() {
    byte[] graph =
        message(
            out -> {
              writeAll(out, 1, nodes);
              out.writeString(2, "tiny");
              writeAll(out, 5, initializers);
              writeAll(out, 11, inputs);
              writeAll(out, 12, outputs);
            });
    return message(
        out -> {
          out.writeInt64(1, 8);
          out.writeByteArray(7, graph);
          out.writeByteArray(8, message(opset -> opset.writeInt64(2, OPSET)));
          out.writeByteArray(
              8,
              message(
                  opset -> {
                    opset.writeString(1, "com.microsoft");
                    opset.writeInt64(2, 1);
                  }));
          writeAll(out, 14, metadata);
        });
  }

  private static void writeAll(CodedOutputStream out, int field, List<byte[]> messages)
      throws IOException {
    for (byte[] each : messages) {
      out.writeByteArray(field, each);
    }
  }

  static byte[] node(String type, List<String> inputs, String output, byte[]... attributes) {
    return node("", type, inputs, List.of(output), attributes);
  }

  static byte[] node(
      String domain, String type, List<String> inputs, List<String> outputs, byte[]... attributes) {
    return message(
        out -> {
          for (String input : inputs) {
            out.writeString(1, input);
          }
          for (String output : outputs) {
            out.writeString(2, output);
          }
          out.writeString(4, type);
          for (byte[] attribute : attributes) {
            out.writeByteArray(5, attribute);
          }
          out.writeString(7, domain);
        });
  }

  static byte[] attribute(String name, long value) {
    return message(
        out -> {
          out.writeString(1, name);
          out.writeInt64(3, value);
          out.writeEnum(20, 2);
        });
  }

  static byte[] attribute(String name, long[] values) {
    return message(
        out -> {
          out.writeString(1, name);
          for (long value : values) {
            out.writeInt64(8, value);
          }
          out.writeEnum(20, 7);
        });
  }

  static byte[] floats(String name, float[] values, long... shape) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return tensor(name, FLOAT, bytes, shape);
  }

  /** A vector of whole numbers. */
  static byte[] longs(String name, long... values) {
    return tensor(name, INT64, bytes(values), values.length);
  }

  /** One whole number without a dimension. */
  static byte[] scalar(String name, long value) {
    return tensor(name, INT64, bytes(value));
  }

  private static ByteBuffer bytes(long... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return bytes;
  }

  private static byte[] tensor(String name, int type, ByteBuffer bytes, long... shape) {
    return message(
        out -> {
          for (long size : shape) {
            out.writeInt64(1, size);
          }
          out.writeInt32(2, type);
          out.writeString(8, name);
          out.writeBytes(9, ByteString.copyFrom(bytes));
        });
  }

  /** An input or output; a size that is no number is a name, so that it is free. */
  static byte[] value(String name, int type, String... sizes) {
    byte[] shape =
        message(
            out -> {
              for (String size : sizes) {
                boolean free = !Character.isDigit(size.charAt(0));
                out.writeByteArray(
                    1,
                    message(
                        dimension -> {
                          if (free) {
                            dimension.writeString(2, size);
                          } else {
                            dimension.writeInt64(1, Long.parseLong(size));
                          }
                        }));
              }
            });
    byte[] tensor =
        message(
            out -> {
              out.writeInt32(1, type);
              out.writeByteArray(2, shape);
            });
    byte[] wrapped = message(out -> out.writeByteArray(1, tensor));
    return message(
        out -> {
          out.writeString(1, name);
          out.writeByteArray(2, wrapped);
        });
  }

  private static byte[] message(Fields fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      fields.write(out);
      out.flush();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return bytes.toByteArray();
  }

  private interface Fields {
    void write(CodedOutputStream out) throws IOException;
  }
}
