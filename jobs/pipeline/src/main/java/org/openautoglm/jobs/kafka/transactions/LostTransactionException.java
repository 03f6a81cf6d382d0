package org.openautoglm.jobs.kafka.transactions;

import java.io.IOException;

/**
 * Fails a job whose answers are lost, rather than let it go on as if it had committed them. It has
 * no cause, for whoever shows a failure shows the last cause: Kafka's is in the message.
 */
public final class LostTransactionException extends IOException {
  private static final long serialVersionUID = 1L;

  LostTransactionException(String message) {
    super(message);
  }
}
