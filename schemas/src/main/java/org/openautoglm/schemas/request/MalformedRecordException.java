package org.openautoglm.schemas.request;

/** Bytes from which no request can be read; the message says why and how to mend it. */
public final class MalformedRecordException extends Exception {
  private static final long serialVersionUID = 1L;

  public MalformedRecordException(String message) {
    super(message, null, false, false);
  }
}
