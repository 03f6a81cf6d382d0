package org.openautoglm.schemas.json;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;

/**
 * Writes durations in milliseconds, to the microsecond: {@code 12.345}. By hand, because a dozen of
 * them stand in the outcome of every record and the shortest form of any double costs more.
 */
final class Millis {
  /** Above this, 31 years, the digits would not fit. */
  private static final double BY_HAND_MAX = 1e12;

  private static final int DIGITS_MAX = 20;

  private Millis() {}

  /** A field that holds a duration. */
  static void write(JsonGenerator json, String name, double millis) throws IOException {
    json.writeFieldName(name);
    if (!(millis >= 0 && millis < BY_HAND_MAX)) {
      // A clock that was set back makes a duration negative.
      json.writeNumber(Math.round(millis * 1000) / 1000.0);
      return;
    }
    long micros = Math.round(millis * 1000);
    char[] digits = new char[DIGITS_MAX];
    int at = digits.length;
    long whole = micros / 1000;
    int fraction = (int) (micros % 1000);
    digits[--at] = (char) ('0' + fraction % 10);
    digits[--at] = (char) ('0' + fraction / 10 % 10);
    digits[--at] = (char) ('0' + fraction / 100);
    digits[--at] = '.';
    do {
      digits[--at] = (char) ('0' + whole % 10);
      whole /= 10;
    } while (whole > 0);
    int end = digits.length;
    while (digits[end - 1] == '0' && digits[end - 2] != '.') {
      end--;
    }
    json.writeNumber(digits, at, end - at);
  }
}
