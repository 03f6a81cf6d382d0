package org.openautoglm.operators.inference.generation.text;

import java.util.List;

/**
 * Looks for stop strings in a growing text, wherever the borders of its tokens fall. Of several,
 * the one that begins first ends the text. Belongs to one row.
 */
final class StopStrings {
  private final List<String> stops;
  private final int longest;
  private final StringBuilder text = new StringBuilder();

  StopStrings(List<String> stops) {
    this.stops = stops;
    this.longest = stops.stream().mapToInt(String::length).max().orElse(0);
  }

  /**
   * Adds to the text.
   *
   * @return where in the text the first stop string begins, or -1 where there is none
   */
  int append(String piece) {
    int from = Math.max(0, text.length() - longest + 1);
    text.append(piece);
    return first(text, from);
  }

  /** Where the first stop string begins in a text, or -1. */
  int firstIn(String whole) {
    return first(new StringBuilder(whole), 0);
  }

  private int first(StringBuilder searched, int from) {
    int first = -1;
    for (String stop : stops) {
      int at = searched.indexOf(stop, from);
      if (at >= 0 && (first < 0 || at < first)) {
        first = at;
      }
    }
    return first;
  }

  /** The text up to a place. */
  String before(int end) {
    return text.substring(0, end);
  }
}
