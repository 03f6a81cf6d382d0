package org.openautoglm.schemas.request;

import java.util.Locale;

/** Lengths against limits, and how messages tell them. A character is a Unicode code point. */
public final class Lengths {
  private Lengths() {}

  /** Whether a text has more characters than that; counts them only where it may. */
  public static boolean longerThan(int limit, String text) {
    return text.length() > limit && codePoints(text) > limit;
  }

  /** A text's characters. */
  public static int codePoints(String text) {
    return text.codePointCount(0, text.length());
  }

  /** What is said of a text that is too long. */
  public static String tooLong(String text, int limit) {
    return tooMany("characters", codePoints(text), limit);
  }

  /** What is said of too many things: {@code has 9,001 characters; the limit is 8,192}. */
  public static String tooMany(String things, long count, long limit) {
    return "has " + grouped(count) + " " + things + "; the limit is " + grouped(limit);
  }

  /** A number with its thousands apart, alike in every locale. */
  public static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
