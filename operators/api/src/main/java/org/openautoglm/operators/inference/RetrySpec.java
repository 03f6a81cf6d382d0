package org.openautoglm.operators.inference;

import java.io.Serializable;

/**
 * What is done about failures that may pass: exponential backoff, never past a request's deadline.
 *
 * @param maxAttempts runs of one row before it fails, 1 or more
 * @param delayMs the first wait, milliseconds
 * @param delayMaxMs the longest wait, milliseconds
 */
public record RetrySpec(int maxAttempts, long delayMs, long delayMaxMs) implements Serializable {

  private static final long serialVersionUID = 1L;

  /** The wait before the attempt after {@code failed} failed ones, milliseconds. */
  public long delayMs(int failed) {
    long factor = 1L << Math.min(failed - 1, 30);
    return Math.min(delayMaxMs, delayMs * factor);
  }
}
