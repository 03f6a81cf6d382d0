package org.openautoglm.operators.conversion.weights;

import java.io.IOException;

/** A model directory cannot be converted as it is: the message names the file, and the mend. */
public final class CheckpointException extends IOException {
  private static final long serialVersionUID = 1;

  public CheckpointException(String message) {
    super(message);
  }

  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
