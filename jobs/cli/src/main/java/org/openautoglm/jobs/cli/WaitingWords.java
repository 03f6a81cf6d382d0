package org.openautoglm.jobs.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Says what a command waits for where that takes longer than people are used to, since Kafka's
 * clients wait without a word. Told by the command's thread; speaks in its own.
 */
final class WaitingWords implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofMillis(1_500);

  private final PrintWriter words;
  private final Duration patience;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "autoglm-waiting");
            thread.setDaemon(true);
            return thread;
          });
  private Future<?> next;

  WaitingWords(PrintWriter words, Duration patience) {
    this.words = words;
    this.patience = patience;
  }

  /** From now on, this is waited for. */
  void on(String what) {
    over();
    next =
        clock.schedule(
            () -> {
              words.println("waiting for " + what);
              words.flush();
            },
            patience.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** It came, or nobody waits any more. */
  void over() {
    if (next != null) {
      next.cancel(false);
      next = null;
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
