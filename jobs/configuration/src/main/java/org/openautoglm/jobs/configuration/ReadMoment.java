package org.openautoglm.jobs.configuration;

import com.fasterxml.jackson.annotation.JsonCreator;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.Optional;

/**
 * A place in the prompts topics that is told without offsets.
 *
 * @param kind what it is
 * @param timeMs of the records, milliseconds since 1970; 0 where the kind needs none
 */
public record ReadMoment(Kind kind, long timeMs) {

  /** What a moment is told by. */
  public enum Kind {
    EARLIEST,
    LATEST,
    TIME
  }

  /** The moment that a text means; empty: none. */
  static Optional<ReadMoment> tryParse(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "earliest" -> Optional.of(new ReadMoment(Kind.EARLIEST, 0));
      case "latest" -> Optional.of(new ReadMoment(Kind.LATEST, 0));
      default -> timeOf(text).map(time -> new ReadMoment(Kind.TIME, time));
    };
  }

  @JsonCreator
  static ReadMoment parse(String text) {
    return tryParse(text).orElseThrow(() -> new IllegalArgumentException(text));
  }

  private static Optional<Long> timeOf(String text) {
    if (text.matches("[0-9]{1,15}")) {
      return Optional.of(Long.valueOf(text));
    }
    try {
      long time = OffsetDateTime.parse(text).toInstant().toEpochMilli();
      return time < 0 ? Optional.empty() : Optional.of(time);
    } catch (DateTimeException | ArithmeticException e) {
      return Optional.empty();
    }
  }

  /** As people read it. */
  @Override
  public String toString() {
    return kind == Kind.TIME
        ? Instant.ofEpochMilli(timeMs).toString()
        : kind.name().toLowerCase(Locale.ROOT);
  }
}
