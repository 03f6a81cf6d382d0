package org.openautoglm.jobs.reconcile;

import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;

/** Where a range of a topic begins or ends. */
public sealed interface Bound {
  /** At an offset, the same in every partition. */
  record AtOffset(long offset) implements Bound {}

  /** At the first record with this timestamp or a later one, milliseconds since the epoch. */
  record AtTime(long epochMs) implements Bound {}

  /** At the topic's beginning, or its end as it is now. */
  record AtEdge() implements Bound {}

  /**
   * Reads an offset or a time.
   *
   * @throws IllegalArgumentException where it is neither
   */
  static Bound parse(String text) {
    try {
      if (!text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
        return new AtOffset(Long.parseLong(text));
      }
      return new AtTime(OffsetDateTime.parse(text).toInstant().toEpochMilli());
    } catch (NumberFormatException | DateTimeParseException e) {
      throw new IllegalArgumentException(
          "%s is neither an offset, such as 1200, nor a time, such as 2026-01-31T12:00:00Z"
              .formatted(text),
          e);
    }
  }
}
