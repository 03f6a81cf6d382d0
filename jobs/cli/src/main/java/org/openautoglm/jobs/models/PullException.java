package org.openautoglm.jobs.models;

import java.io.IOException;

/** A model that cannot be pulled; the message is for people. */
public final class PullException extends IOException {
  private static final long serialVersionUID = 1L;

  public PullException(String message) {
    super(message);
  }

  public PullException(String message, Throwable cause) {
    super(message, cause);
  }
}
