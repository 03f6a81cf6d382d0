package org.openautoglm.schemas.request;

/** A client's text inside a message: short and on one line, whatever it holds. */
public final class Excerpt {
  private static final int CHARS_MAX = 64;
  private static final int LINE_CHARS_MAX = 200;

  private Excerpt() {}

  /** The text's beginning, with control characters and lone surrogates as {@code ?}. */
  public static String of(String text) {
    return of(text, CHARS_MAX);
  }

  /** The same of a message that holds a client's text. */
  public static String ofLine(String message) {
    return of(message, LINE_CHARS_MAX);
  }

  private static String of(String text, int charsMax) {
    StringBuilder excerpt = new StringBuilder(Math.min(text.length(), charsMax) + 1);
    int at = 0;
    while (at < text.length() && excerpt.length() < charsMax) {
      int character = text.codePointAt(at);
      excerpt.appendCodePoint(isPrintable(character) ? character : '?');
      at += Character.charCount(character);
    }
    return at < text.length() ? excerpt.append('…').toString() : excerpt.toString();
  }

  private static boolean isPrintable(int character) {
    return !Character.isISOControl(character)
        && Character.getType(character) != Character.SURROGATE
        && character != '\u2028'
        && character != '\u2029';
  }
}
