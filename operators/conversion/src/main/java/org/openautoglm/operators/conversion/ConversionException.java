package org.openautoglm.operators.conversion;

import java.io.IOException;

/** A model that is not converted: what is wrong, and how to mend it. */
public final class ConversionException extends IOException {
  private static final long serialVersionUID = 1L;

  public ConversionException(String message) {
    super(message);
  }

  public ConversionException(String message, Throwable cause) {
    super(message, cause);
  }
}
