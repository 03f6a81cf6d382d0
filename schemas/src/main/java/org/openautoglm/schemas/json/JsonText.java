package org.openautoglm.schemas.json;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.openautoglm.schemas.request.MalformedRecordException;

/**
 * What JSON's text must be before a parser sees it, because the parser would let it pass: UTF-8
 * without a byte order mark, and no escaped half of a surrogate pair, which no UTF-8 could carry
 * back to the client. That the bytes are well-formed UTF-8 has been checked before.
 */
final class JsonText {
  private static final VarHandle EIGHT_BYTES =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private static final long LOWEST_BITS = 0x0101010101010101L;
  private static final long HIGHEST_BITS = 0x8080808080808080L;
  private static final long BACKSLASHES = '\\' * LOWEST_BITS;

  private JsonText() {}

  /**
   * Refuses what a parser would take for another encoding, or take and not be able to write.
   *
   * @throws MalformedRecordException saying what to publish instead
   */
  static void check(byte[] json) throws MalformedRecordException {
    if (json.length >= 3
        && json[0] == (byte) 0xEF
        && json[1] == (byte) 0xBB
        && json[2] == (byte) 0xBF) {
      throw new MalformedRecordException(
          "the record starts with a byte order mark: publish UTF-8 without one");
    }
    // A parser guesses UTF-16 and UTF-32 from zeros here; valid JSON in UTF-8 has none at all.
    for (int i = 0; i < Math.min(4, json.length); i++) {
      if (json[i] == 0) {
        throw new MalformedRecordException(
            "the record starts with a zero byte, as UTF-16 or binary data do: publish JSON in"
                + " UTF-8");
      }
    }
    checkSurrogates(json);
  }

  /** Backslashes stand only in strings, or else the parser refuses them. */
  private static void checkSurrogates(byte[] json) throws MalformedRecordException {
    for (int i = firstBackslash(json); i < json.length; i++) {
      if (json[i] != '\\') {
        continue;
      }
      if (isEscape(json, i, '8', 'b') && isEscape(json, i + 6, 'c', 'f')) {
        i += 11;
      } else if (isEscape(json, i, '8', 'f')) {
        throw new MalformedRecordException(
            "half a surrogate pair, %s at byte %d, is not text: escape both halves, or write the"
                    .formatted(new String(json, i, 6, US_ASCII), i)
                + " character itself");
      } else {
        i++;
      }
    }
  }

  /**
   * Where the first backslash stands or up to seven bytes before, or the length. Eight bytes at a
   * time, since most texts have none and are long.
   */
  private static int firstBackslash(byte[] json) {
    int i = 0;
    for (; i + Long.BYTES <= json.length; i += Long.BYTES) {
      // A byte that is zero after the XOR borrows in the subtraction; see "Hacker's Delight", 6-1.
      long zeros = (long) EIGHT_BYTES.get(json, i) ^ BACKSLASHES;
      if (((zeros - LOWEST_BITS) & ~zeros & HIGHEST_BITS) != 0) {
        break;
      }
    }
    return i;
  }

  /** Whether an escape of a code unit from D<i>from</i>00 to D<i>to</i>FF starts there. */
  private static boolean isEscape(byte[] json, int at, char from, char to) {
    if (at + 6 > json.length || json[at] != '\\' || json[at + 1] != 'u') {
      return false;
    }
    int second = json[at + 3] | 0x20;
    if ((json[at + 2] | 0x20) != 'd' || !isHex(json[at + 3]) || second < from || second > to) {
      return false;
    }
    return isHex(json[at + 4]) && isHex(json[at + 5]);
  }

  private static boolean isHex(byte character) {
    return Character.digit(character, 16) >= 0;
  }
}
