package org.openautoglm.operators.inference;

import org.openautoglm.schemas.failure.FailureCode;

/** An input that its model cannot read; the message lacks only which input it was. */
public final class RefusedInputException extends Exception {
  private static final long serialVersionUID = 1L;

  private final FailureCode code;

  public RefusedInputException(FailureCode code, String message) {
    super(message, null, false, false);
    this.code = code;
  }

  public FailureCode code() {
    return code;
  }
}
