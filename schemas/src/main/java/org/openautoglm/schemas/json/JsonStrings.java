package org.openautoglm.schemas.json;

import static java.nio.charset.StandardCharsets.US_ASCII;

/** Writes the inside of JSON strings in UTF-8, escaping only what RFC 8259 says must be. */
final class JsonStrings {
  /** What one char takes at most: a backslash, {@code u} and four digits. */
  static final int BYTES_PER_CHAR_MAX = 6;

  private static final byte[] HEX = "0123456789ABCDEF".getBytes(US_ASCII);

  private JsonStrings() {}

  /**
   * Writes a text; half of a surrogate pair, which UTF-8 cannot carry, becomes U+FFFD.
   *
   * @param to has room for {@value #BYTES_PER_CHAR_MAX} bytes a char
   * @return where the text ends
   */
  static int write(String text, byte[] to, int start) {
    int at = start;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= ' ' && c < 0x80 && c != '"' && c != '\\') {
        to[at++] = (byte) c;
      } else if (c < 0x80) {
        at = escape(c, to, at);
      } else if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        int codePoint = Character.toCodePoint(c, text.charAt(++i));
        to[at++] = (byte) (0xF0 | (codePoint >> 18));
        to[at++] = (byte) (0x80 | ((codePoint >> 12) & 0x3F));
        to[at++] = (byte) (0x80 | ((codePoint >> 6) & 0x3F));
        to[at++] = (byte) (0x80 | (codePoint & 0x3F));
      } else {
        at = encode(Character.isSurrogate(c) ? '\ufffd' : c, to, at);
      }
    }
    return at;
  }

  private static int encode(char c, byte[] to, int start) {
    int at = start;
    if (c < 0x800) {
      to[at++] = (byte) (0xC0 | (c >> 6));
    } else {
      to[at++] = (byte) (0xE0 | (c >> 12));
      to[at++] = (byte) (0x80 | ((c >> 6) & 0x3F));
    }
    to[at++] = (byte) (0x80 | (c & 0x3F));
    return at;
  }

  private static int escape(char c, byte[] to, int start) {
    int at = start;
    to[at++] = '\\';
    switch (c) {
      case '\b' -> to[at++] = 'b';
      case '\t' -> to[at++] = 't';
      case '\n' -> to[at++] = 'n';
      case '\f' -> to[at++] = 'f';
      case '\r' -> to[at++] = 'r';
      case '"', '\\' -> to[at++] = (byte) c;
      default -> {
        to[at++] = 'u';
        to[at++] = '0';
        to[at++] = '0';
        to[at++] = HEX[c >> 4];
        to[at++] = HEX[c & 0xF];
      }
    }
    return at;
  }
}
