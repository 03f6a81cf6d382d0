package org.openautoglm.schemas.json;

import com.fasterxml.jackson.core.io.NumberOutput;

/**
 * Writes durations in milliseconds, to the microsecond: {@code 12.345}. By hand, because a dozen of
 * them stand in the outcome of every record and the shortest form of any double costs more.
 */
final class Millis {
  /** Above this, 31 years, the digits would not fit. */
  private static final double BY_HAND_MAX = 1e12;

  private Millis() {}

  /** Whether {@link #write} can write it. */
  static boolean byHand(double millis) {
    return millis >= 0 && millis < BY_HAND_MAX;
  }

  /**
   * Writes a duration with one to three decimals.
   *
   * @return where its digits end
   */
  static int write(double millis, byte[] to, int start) {
    long micros = (long) (millis * 1000 + 0.5);
    int at = NumberOutput.outputLong(micros / 1000, to, start);
    int fraction = (int) (micros % 1000);
    to[at++] = '.';
    to[at++] = (byte) ('0' + fraction / 100);
    if (fraction % 100 != 0) {
      to[at++] = (byte) ('0' + fraction / 10 % 10);
    }
    if (fraction % 10 != 0) {
      to[at++] = (byte) ('0' + fraction % 10);
    }
    return at;
  }
}
