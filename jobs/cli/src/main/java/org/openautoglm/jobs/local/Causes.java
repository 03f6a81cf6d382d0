package org.openautoglm.jobs.local;

/** What went wrong at the bottom of a chain of exceptions, in words. */
public final class Causes {
  private Causes() {}

  /** The message of the innermost cause, or its kind where it has none. */
  public static String rootMessage(Throwable thrown) {
    Throwable root = thrown;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    return root.getMessage() == null || root.getMessage().isBlank()
        ? root.getClass().getSimpleName()
        : root.getMessage();
  }
}
