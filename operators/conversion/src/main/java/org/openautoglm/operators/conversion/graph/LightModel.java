package org.openautoglm.operators.conversion.graph;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import com.google.protobuf.WireFormat;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Reads a serialised model while leaving the weights in the file: a large {@code raw_data} or
 * {@code float_data} is replaced by a reference in ONNX's own form for external data, whose
 * location is the file itself. Protobuf's parser would copy every weight onto the heap.
 */
final class LightModel {
  private static final int IN_PLACE_MIN_BYTES = 1024;

  /** What has no tensors further down; an attribute's subgraphs are read as they are. */
  private static final Level TENSOR = new Level(Map.of());

  private static final Level ATTRIBUTE = new Level(Map.of(5, TENSOR));
  private static final Level NODE = new Level(Map.of(5, ATTRIBUTE));
  private static final Level GRAPH = new Level(Map.of(1, NODE, 5, TENSOR));
  private static final Level MODEL = new Level(Map.of(7, GRAPH));

  /** A message that may hold tensors, and in which of its fields. */
  private record Level(Map<Integer, Level> children) {}

  private final Path file;
  private final long bytesMax;
  private final CodedInputStream in;
  private long kept;

  private LightModel(Path file, long bytesMax, CodedInputStream in) {
    this.file = file;
    this.bytesMax = bytesMax;
    this.in = in;
  }

  /**
   * The file's {@code ModelProto} with its large weights left out.
   *
   * @param bytesMax how large it may then be
   */
  static ByteString read(Path file, long bytesMax) throws IOException {
    long size = Files.size(file);
    if (size > Integer.MAX_VALUE) {
      throw new OnnxFormatException(
          file,
          "has " + size + " bytes, more than protobuf's 2 GiB",
          "export the model with its weights as external data");
    }
    try (InputStream stream = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      CodedInputStream in = CodedInputStream.newInstance(stream);
      in.pushLimit((int) size);
      return new LightModel(file, bytesMax, in).message(MODEL);
    } catch (InvalidProtocolBufferException e) {
      throw new OnnxFormatException(
          file,
          "is no ONNX model, or is cut off (" + e.getMessage() + ")",
          "export or fetch it again",
          e);
    }
  }

  private ByteString message(Level level) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    byte[] reference = new byte[0];
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      int field = WireFormat.getTagFieldNumber(tag);
      if (WireFormat.getTagWireType(tag) != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
        number(tag, out);
      } else {
        int length = in.readRawVarint32();
        Level child = level.children().get(field);
        if (child != null) {
          int outer = in.pushLimit(length);
          out.writeBytes(field, message(child));
          in.popLimit(outer);
        } else if (level.equals(TENSOR) && length >= IN_PLACE_MIN_BYTES && isData(field)) {
          reference = leave(length).toByteArray();
        } else {
          keep(length);
          out.writeByteArray(field, in.readRawBytes(length));
        }
      }
    }
    // Last, as it replaces what the tensor itself says of its data's place.
    out.writeRawBytes(reference);
    out.flush();
    return UnsafeByteOperations.unsafeWrap(bytes.toByteArray());
  }

  private static boolean isData(int field) {
    return field == TensorProto.RAW_DATA_FIELD_NUMBER
        || field == TensorProto.FLOAT_DATA_FIELD_NUMBER;
  }

  /** Skips data, which is little-endian in both fields, and says where it lies. */
  private TensorProto leave(int length) throws IOException {
    int offset = in.getTotalBytesRead();
    in.skipRawBytes(length);
    return TensorProto.newBuilder()
        .setDataLocation(TensorProto.DataLocation.EXTERNAL)
        .addExternalData(entry("location", file.getFileName().toString()))
        .addExternalData(entry("offset", Integer.toString(offset)))
        .addExternalData(entry("length", Integer.toString(length)))
        .build();
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  private void number(int tag, CodedOutputStream out) throws IOException {
    int field = WireFormat.getTagFieldNumber(tag);
    keep(Long.BYTES);
    switch (WireFormat.getTagWireType(tag)) {
      case WireFormat.WIRETYPE_VARINT -> out.writeUInt64(field, in.readUInt64());
      case WireFormat.WIRETYPE_FIXED32 -> out.writeFixed32(field, in.readFixed32());
      case WireFormat.WIRETYPE_FIXED64 -> out.writeFixed64(field, in.readFixed64());
      default -> throw new InvalidProtocolBufferException("a field has an unknown wire type");
    }
  }

  private void keep(int bytes) throws OnnxFormatException {
    kept += bytes;
    if (kept > bytesMax) {
      throw new OnnxFormatException(
          file,
          "holds more than " + bytesMax + " bytes besides its weights",
          "export the model with its weights as initialisers in raw_data or as external data");
    }
  }
}
