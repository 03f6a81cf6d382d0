package org.openautoglm.jobs.cli;

import java.io.PrintWriter;
import org.openautoglm.jobs.reconcile.Progress;

/** Says every two seconds how far the reading is, and ends it when the command shall end. */
final class ReconcileProgress implements Progress {
  private static final long BETWEEN_NS = 2_000_000_000L;

  private final PrintWriter words;
  private final Interruption interruption;
  private long saidNs = System.nanoTime();

  ReconcileProgress(PrintWriter words, Interruption interruption) {
    this.words = words;
    this.interruption = interruption;
  }

  @Override
  public void at(String what, long done, long total) {
    if (interruption.isRequested()) {
      throw new InterruptedReadingException();
    }
    if (System.nanoTime() - saidNs > BETWEEN_NS) {
      saidNs = System.nanoTime();
      words.printf("reading %s: %,d of %,d%n", what, done, total);
      words.flush();
    }
  }

  /** Ends a command that was interrupted. */
  static final class InterruptedReadingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    InterruptedReadingException() {
      super("interrupted; nothing was changed");
    }
  }
}
