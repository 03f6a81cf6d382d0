package org.openautoglm.jobs.kafka.transactions;

import java.io.IOException;

/** Fails a job whose answers are lost, rather than let it go on as if it had committed them. */
public final class LostTransactionException extends IOException {
  private static final long serialVersionUID = 1L;

  LostTransactionException(String message, Throwable cause) {
    super(message, cause);
  }
}
