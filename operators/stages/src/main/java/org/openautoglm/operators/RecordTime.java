package org.openautoglm.operators;

import java.util.Locale;
import java.util.Optional;
import org.openautoglm.schemas.flow.Origin;

/**
 * When a prompt was published, as far as its record tells. Kafka's timestamps are milliseconds;
 * producers that set their own in another unit put a prompt fifty years back or thousands of years
 * ahead. Pure.
 */
public final class RecordTime {
  private static final long YEARS_MS = 10L * 365 * 24 * 60 * 60 * 1000;

  /** Before this a clock is not set, or a test's, and says nothing about units. */
  private static final long CLOCK_MS_MIN = 1_000_000_000_000L;

  /** Beyond this its microseconds and a deadline are no number any more. */
  private static final long PUBLISHED_MS_MAX = Long.MAX_VALUE / 4000;

  private RecordTime() {}

  /**
   * Microseconds since the epoch: the record's timestamp, or when it was read, where it has none or
   * one in another unit.
   */
  public static long publishedUs(Origin origin) {
    long publishedMs = origin.getSource().getTimestampMs();
    return publishedMs < 0 || publishedMs > PUBLISHED_MS_MAX || wrongUnit(origin).isPresent()
        ? origin.getReceivedUs()
        : publishedMs * 1000;
  }

  /**
   * What the record's timestamp seems to count instead of milliseconds; empty where it is right.
   */
  public static Optional<String> wrongUnit(Origin origin) {
    long timestamp = origin.getSource().getTimestampMs();
    long nowMs = origin.getReceivedUs() / 1000;
    if (timestamp < 0 || nowMs < CLOCK_MS_MIN || isNear(timestamp, nowMs)) {
      return Optional.empty();
    }
    if (timestamp < nowMs) {
      return isNear(timestamp * 1000, nowMs) ? Optional.of("seconds") : Optional.empty();
    }
    if (isNear(timestamp / 1000, nowMs)) {
      return Optional.of("microseconds");
    }
    return isNear(timestamp / 1_000_000, nowMs) ? Optional.of("nanoseconds") : Optional.empty();
  }

  /** Why a deadline cannot be kept that counts from such a timestamp. */
  public static String deadlineMessage(Origin origin, String unit) {
    return String.format(
        Locale.ROOT,
        "deadline_ms counts from the record's timestamp, and that, %d, seems to be in %s: Kafka's"
            + " timestamps are milliseconds since 1970; let the producer set them, or leave"
            + " deadline_ms out",
        origin.getSource().getTimestampMs(),
        unit);
  }

  private static boolean isNear(long timestampMs, long nowMs) {
    return Math.abs(timestampMs - nowMs) < YEARS_MS;
  }
}
