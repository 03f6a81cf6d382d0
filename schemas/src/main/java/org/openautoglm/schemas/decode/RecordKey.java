package org.openautoglm.schemas.decode;

import com.google.protobuf.ByteString;
import java.util.HexFormat;
import java.util.Optional;
import org.openautoglm.schemas.request.Lengths;
import org.openautoglm.schemas.request.RequestRules;

/**
 * A record's key as the name of a request that has none. A key that is text is the name. Any other,
 * such as a number of eight bytes or a UUID of sixteen, is written in hexadecimal, and the result
 * carries the key's own bytes.
 */
final class RecordKey {
  /** Larger ones are not carried along. */
  static final int KEPT_BYTES_MAX = 1024;

  private static final int HEX_BYTES_MAX = RequestRules.REQUEST_ID_CHARS_MAX / 2;

  private RecordKey() {}

  /** The name that a key gives to its request; empty where it gives none. */
  static Optional<String> asId(ByteString key) {
    if (key.isEmpty()) {
      return Optional.empty();
    }
    Optional<String> text = asText(key);
    if (text.isPresent()) {
      return text.filter(id -> !Lengths.longerThan(RequestRules.REQUEST_ID_CHARS_MAX, id));
    }
    return key.size() > HEX_BYTES_MAX
        ? Optional.empty()
        : Optional.of(HexFormat.of().formatHex(key.toByteArray()));
  }

  /** Whether the result needs the key's bytes, because its request's name does not give them. */
  static boolean isKept(ByteString key, String id) {
    return !key.isEmpty()
        && key.size() <= KEPT_BYTES_MAX
        && !key.equals(ByteString.copyFromUtf8(id));
  }

  /** At most four bytes a character: longer keys need not be looked at. */
  private static Optional<String> asText(ByteString key) {
    if (key.size() > 4 * RequestRules.REQUEST_ID_CHARS_MAX || !key.isValidUtf8()) {
      return Optional.empty();
    }
    String text = key.toStringUtf8();
    for (int i = 0; i < text.length(); i++) {
      if (Character.isISOControl(text.charAt(i))) {
        return Optional.empty();
      }
    }
    return Optional.of(text);
  }
}
