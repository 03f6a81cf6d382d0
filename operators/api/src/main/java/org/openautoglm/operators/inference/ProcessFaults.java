package org.openautoglm.operators.inference;

import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;

/**
 * Tells a fault of the process from one that a record brought upon itself. Pure.
 *
 * <p>Whatever Java code throws while it works on one record alone is that record's own: it would
 * throw again after every restart. A stack that overflows is, too: deep nesting and patterns do
 * that. What is left is the process's: memory that ran out, classes that are not there, an engine
 * that has ended, a thread that is to end. Only a restart mends these.
 */
public final class ProcessFaults {
  /** Causes may go round in a circle. */
  private static final int CAUSES_MAX = 16;

  private ProcessFaults() {}

  /** Whether it, or what caused it, is the process's. */
  public static boolean includes(Throwable thrown) {
    Throwable at = thrown;
    for (int i = 0; at != null && i < CAUSES_MAX; i++, at = at.getCause()) {
      if (at instanceof InterruptedException
          || at instanceof CancellationException
          || at instanceof RejectedExecutionException
          || (at instanceof Error
              && !(at instanceof StackOverflowError)
              && !(at instanceof AssertionError))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether it may be a record's doing all the same: one may take all memory, and none makes a
   * class go missing.
   */
  public static boolean accuses(Throwable thrown) {
    Throwable at = thrown;
    for (int i = 0; at != null && i < CAUSES_MAX; i++, at = at.getCause()) {
      if (at instanceof VirtualMachineError && !(at instanceof StackOverflowError)) {
        return true;
      }
    }
    return false;
  }

  /** Throws an unchecked exception or an error on; the result is for the compiler's sake. */
  public static RuntimeException rethrown(Throwable unchecked) {
    if (unchecked instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) unchecked;
  }

  /** What it says, in the words of people who know the code. */
  public static String message(Throwable thrown) {
    String name = thrown.getClass().getSimpleName();
    return thrown.getMessage() == null ? name : name + ": " + thrown.getMessage();
  }
}
