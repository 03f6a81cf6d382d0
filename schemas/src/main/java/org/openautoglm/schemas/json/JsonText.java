package org.openautoglm.schemas.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import org.openautoglm.schemas.request.MalformedRecordException;

/**
 * A record's bytes as the text that they are, and what that must be before a parser sees it,
 * because the parser would let it pass: well-formed UTF-8 without a byte order mark, and no escaped
 * half of a surrogate pair, which no UTF-8 could carry back to the client.
 *
 * <p>Decoded by the JDK and then parsed as text, a Chinese prompt takes about two thirds of the
 * time that checking and parsing its bytes takes.
 */
final class JsonText {
  private static final char BYTE_ORDER_MARK = '\ufeff';
  private static final char REPLACEMENT = '\ufffd';

  private JsonText() {}

  /**
   * The text.
   *
   * @throws MalformedRecordException saying what to publish instead
   */
  static String of(ByteString value) throws MalformedRecordException {
    String json = value.toString(UTF_8);
    // Decoding puts this character for what is malformed; it may also be one of the text's own.
    if (json.indexOf(REPLACEMENT) >= 0 && !value.isValidUtf8()) {
      throw new MalformedRecordException(
          "the record is not UTF-8"
              + BinaryKind.hint(value)
              + ": publish JSON in UTF-8, or set the content-type header");
    }
    if (!json.isEmpty() && json.charAt(0) == BYTE_ORDER_MARK) {
      throw new MalformedRecordException(
          "the record starts with a byte order mark: publish UTF-8 without one");
    }
    // Two and four bytes a character leave zeros here; valid JSON in UTF-8 has none at all.
    for (int i = 0; i < Math.min(4, json.length()); i++) {
      if (json.charAt(i) == 0) {
        throw new MalformedRecordException(
            "the record starts with a zero byte, as UTF-16 or binary data do: publish JSON in"
                + " UTF-8");
      }
    }
    checkSurrogates(json);
    return json;
  }

  /** Backslashes stand only in strings, or else the parser refuses them. */
  private static void checkSurrogates(String json) throws MalformedRecordException {
    int at = json.indexOf('\\');
    while (at >= 0) {
      if (isEscape(json, at, '8', 'b') && isEscape(json, at + 6, 'c', 'f')) {
        at += 12;
      } else if (isEscape(json, at, '8', 'f')) {
        throw new MalformedRecordException(
            "half a surrogate pair, %s at byte %d, is not text: escape both halves, or write the"
                    .formatted(json.substring(at, at + 6), bytesBefore(json, at))
                + " character itself");
      } else {
        at += 2;
      }
      at = json.indexOf('\\', at);
    }
  }

  private static int bytesBefore(String json, int at) {
    return json.substring(0, at).getBytes(UTF_8).length;
  }

  /** Whether an escape of a code unit from D<i>from</i>00 to D<i>to</i>FF starts there. */
  private static boolean isEscape(String json, int at, char from, char to) {
    if (at + 6 > json.length() || json.charAt(at) != '\\' || json.charAt(at + 1) != 'u') {
      return false;
    }
    int second = json.charAt(at + 3) | 0x20;
    if ((json.charAt(at + 2) | 0x20) != 'd'
        || !isHex(json.charAt(at + 3))
        || second < from
        || second > to) {
      return false;
    }
    return isHex(json.charAt(at + 4)) && isHex(json.charAt(at + 5));
  }

  /** Digits of ASCII only: others are not escapes, and for the parser to refuse. */
  private static boolean isHex(char character) {
    return character < 0x80 && Character.digit(character, 16) >= 0;
  }
}
