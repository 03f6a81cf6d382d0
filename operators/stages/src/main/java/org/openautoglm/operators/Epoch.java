package org.openautoglm.operators;

import java.time.Instant;

/** Wall-clock time, comparable between the processes of a cluster as far as their clocks agree. */
public final class Epoch {
  private Epoch() {}

  /** Microseconds since the epoch. */
  public static long micros() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
  }
}
