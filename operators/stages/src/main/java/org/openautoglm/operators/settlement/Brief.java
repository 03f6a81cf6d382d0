package org.openautoglm.operators.settlement;

import org.openautoglm.schemas.wire.Error;

/** Errors in few words, for topics that take no more. */
final class Brief {
  private static final int CHARS = 200;

  private Brief() {}

  /** The same error, its message cut where it is long. */
  static Error of(Error error) {
    return error.getMessage().length() <= CHARS
        ? error
        : error.toBuilder().setMessage(text(error.getMessage(), CHARS) + "…").build();
  }

  /** The beginning of a text, whole characters only. */
  static String text(String text, int chars) {
    if (text.length() <= chars) {
      return text;
    }
    return text.substring(0, Character.isHighSurrogate(text.charAt(chars - 1)) ? chars - 1 : chars);
  }
}
