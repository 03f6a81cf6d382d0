package org.openautoglm.operators.inference.generation;

import java.util.Locale;

/** A generation that was not finished in time; its slot is free again. */
public final class DeadlineExceededException extends Exception {
  private static final long serialVersionUID = 1L;

  public DeadlineExceededException(int tokens) {
    super(
        String.format(Locale.ROOT, "the deadline passed after %,d tokens were generated", tokens),
        null,
        false,
        false);
  }
}
