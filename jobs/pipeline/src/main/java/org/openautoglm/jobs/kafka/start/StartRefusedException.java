package org.openautoglm.jobs.kafka.start;

import org.apache.flink.runtime.execution.SuppressRestartsException;

/** Why a job does not start, or does not go on; the message is for people. */
public final class StartRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  StartRefusedException(String message) {
    super(message);
  }

  /** As Flink takes it for final: to try again would change nothing. */
  SuppressRestartsException forGood() {
    return new SuppressRestartsException(this);
  }
}
