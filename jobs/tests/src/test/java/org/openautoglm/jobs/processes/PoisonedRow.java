package org.openautoglm.jobs.processes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.openautoglm.operators.inference.Cancellation;
import org.openautoglm.operators.inference.EngineRow;

/** What an input may do to whoever runs it; the id of its request says so. */
enum PoisonedRow {
  /** Java code throws. */
  THROWS(
      run -> {
        throw new IllegalStateException("poison");
      }),
  /** A stack overflows. */
  OVERFLOWS(
      run -> {
        throw new StackOverflowError("poison");
      }),
  /** Runs until it is told to end. */
  HANGS(PoisonedRow::hang),
  /** Takes all memory. */
  EXHAUSTS(
      run -> {
        throw new OutOfMemoryError("poison");
      }),
  /** Crashes the process, as native code does. */
  CRASHES(run -> crash());

  private static final String PREFIX = "poison";

  @SuppressWarnings("ImmutableEnumChecker") // They hold nothing.
  private final Consumer<Cancellation> harm;

  PoisonedRow(Consumer<Cancellation> harm) {
    this.harm = harm;
  }

  /** The id of a request that does this. */
  String requestId(int i) {
    return PREFIX + "-" + name().toLowerCase(Locale.ROOT) + "-" + i;
  }

  /** Does what one of the rows does, if any does. */
  static void strike(List<EngineRow> rows, Cancellation run) {
    for (EngineRow row : rows) {
      if (row.requestId().startsWith(PREFIX + "-")) {
        valueOf(row.requestId().split("-", -1)[1].toUpperCase(Locale.ROOT)).harm.accept(run);
      }
    }
  }

  private static void hang(Cancellation run) {
    while (!run.isCancelled()) {
      LockSupport.parkNanos(50_000_000);
    }
    throw new IllegalStateException("ended while it hung");
  }

  private static void crash() {
    try {
      new ProcessBuilder("kill", "-SEGV", Long.toString(ProcessHandle.current().pid())).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    // Other threads go on while the JVM writes its report; this one is where it crashed.
    while (true) {
      LockSupport.park();
    }
  }
}
