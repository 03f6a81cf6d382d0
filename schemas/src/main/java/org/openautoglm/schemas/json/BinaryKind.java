package org.openautoglm.schemas.json;

import com.google.protobuf.ByteString;
import java.util.Map;

/** What bytes that are no text probably are, by how they begin. */
final class BinaryKind {
  private static final Map<ByteString, String> BEGINNINGS =
      Map.of(
          bytes(0x1f, 0x8b),
          "gzip (let the producer compress, compression.type, not the value)",
          bytes(0x28, 0xb5, 0x2f, 0xfd),
          "zstd (let the producer compress, compression.type, not the value)",
          bytes(0x04, 0x22, 0x4d, 0x18),
          "LZ4 (let the producer compress, compression.type, not the value)",
          bytes('O', 'b', 'j', 1),
          "an Avro file",
          bytes(0xac, 0xed, 0, 5),
          "a serialised Java object",
          bytes(0xff, 0xfe),
          "UTF-16",
          bytes(0xfe, 0xff),
          "UTF-16");

  private BinaryKind() {}

  private static ByteString bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return ByteString.copyFrom(bytes);
  }

  /** To be read after "the record is not UTF-8"; empty where nobody knows. */
  static String hint(ByteString value) {
    return BEGINNINGS.entrySet().stream()
        .filter(beginning -> value.startsWith(beginning.getKey()))
        .map(beginning -> " and looks like " + beginning.getValue())
        .findFirst()
        .orElse("");
  }
}
