package org.openautoglm.operators.inference.auto;

/** A model that was loaded and could not answer; says why. */
public final class ModelRunException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ModelRunException(String message, Throwable cause) {
    super(message, cause);
  }
}
