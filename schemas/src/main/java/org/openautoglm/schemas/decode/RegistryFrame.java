package org.openautoglm.schemas.decode;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import java.io.IOException;
import java.util.Optional;

/**
 * The bytes that a schema registry's serialiser puts before a value: a zero and the schema's id,
 * four bytes, or eight as older Apicurio registries have it. Neither JSON in UTF-8 nor a protobuf
 * message begins with a zero, so nothing else is taken for one.
 *
 * @param schemaId the id, of whatever registry
 * @param payload what stands behind it
 */
record RegistryFrame(long schemaId, ByteString payload) {
  private static final int FRAME_BYTES = 5;
  private static final int LONG_FRAME_BYTES = 9;

  /** More message indexes than any schema nests. */
  private static final int INDEXES_MAX = 32;

  /** The frame that a value begins with, if it does. */
  static Optional<RegistryFrame> of(ByteString value) {
    if (value.size() <= FRAME_BYTES || value.byteAt(0) != 0 || isUtf16(value) || isUtf32(value)) {
      return Optional.empty();
    }
    boolean isLong =
        value.size() > LONG_FRAME_BYTES
            && id(value, 1) == 0
            && value.byteAt(FRAME_BYTES) != '{'
            && value.byteAt(LONG_FRAME_BYTES) == '{';
    return Optional.of(
        isLong
            ? new RegistryFrame(id(value, FRAME_BYTES), value.substring(LONG_FRAME_BYTES))
            : new RegistryFrame(id(value, 1), value.substring(FRAME_BYTES)));
  }

  /** Big-endian UTF-16: a zero before each ASCII character. */
  private static boolean isUtf16(ByteString value) {
    return value.byteAt(1) != 0 && value.byteAt(2) == 0 && value.byteAt(3) != 0;
  }

  private static boolean isUtf32(ByteString value) {
    return value.size() >= 8
        && id(value, 0) > 0
        && id(value, 0) < 0x80
        && id(value, 4) > 0
        && id(value, 4) < 0x80;
  }

  private static long id(ByteString value, int at) {
    return Integer.toUnsignedLong(value.substring(at, at + 4).asReadOnlyByteBuffer().getInt());
  }

  /** Whether an object of JSON stands behind it. */
  boolean holdsJson() {
    for (int i = 0; i < payload.size(); i++) {
      byte next = payload.byteAt(i);
      if (next != ' ' && next != '\t' && next != '\r' && next != '\n') {
        return next == '{';
      }
    }
    return false;
  }

  /** The protobuf message, behind the indexes that say which of the schema's messages it is. */
  ByteString message() {
    try {
      CodedInputStream in = payload.newCodedInput();
      int indexes = in.readSInt32();
      if (indexes < 0 || indexes > INDEXES_MAX) {
        return payload;
      }
      for (int i = 0; i < indexes; i++) {
        in.readSInt32();
      }
      return payload.substring(in.getTotalBytesRead());
    } catch (IOException e) {
      return payload;
    }
  }
}
