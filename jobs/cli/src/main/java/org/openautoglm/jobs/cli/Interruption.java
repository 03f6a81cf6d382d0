package org.openautoglm.jobs.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The wish of whoever runs a command that it ends, by Ctrl-C or a signal. Commands that wait ask
 * for it, clean up and return; the process ends when they have.
 */
final class Interruption {
  private static final long LONGEST_CLEANUP_SECONDS = 60;

  private final CountDownLatch requested = new CountDownLatch(1);
  private final CountDownLatch finished = new CountDownLatch(1);
  private volatile int code;

  /** The interruption of this process. */
  static Interruption ofProcess() {
    Interruption interruption = new Interruption();
    Runtime.getRuntime()
        .addShutdownHook(new Thread(interruption::onShutdown, "autoglm-interruption"));
    return interruption;
  }

  /** Asks the command to end. */
  void request() {
    requested.countDown();
  }

  boolean isRequested() {
    return requested.getCount() == 0;
  }

  /** Waits that long, or until the command shall end: then it is true. */
  boolean await(Duration duration) {
    try {
      return requested.await(duration.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /** Waits until the command shall end. */
  void await() {
    try {
      requested.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the process with the command's exit code, once its cleaning up is done. */
  void finish(int exitCode) {
    code = exitCode;
    finished.countDown();
    System.exit(exitCode);
  }

  // Runs beside the other hooks. Halting spares people what those say about being interrupted.
  private void onShutdown() {
    request();
    try {
      if (finished.await(LONGEST_CLEANUP_SECONDS, TimeUnit.SECONDS)) {
        Runtime.getRuntime().halt(code);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
