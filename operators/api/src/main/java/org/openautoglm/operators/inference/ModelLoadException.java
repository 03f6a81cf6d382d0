package org.openautoglm.operators.inference;

import java.io.IOException;

/** A model that cannot be loaded: which, what is missing or wrong, and how to mend it. */
public final class ModelLoadException extends IOException {
  private static final long serialVersionUID = 1L;

  public ModelLoadException(String message) {
    super(message);
  }

  public ModelLoadException(String message, Throwable cause) {
    super(message, cause);
  }
}
