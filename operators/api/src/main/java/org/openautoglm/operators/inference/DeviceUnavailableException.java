package org.openautoglm.operators.inference;

/**
 * A device that did not answer, or that is out of service because it has not answered before. What
 * was to run on it may run elsewhere or later: MODEL_UNAVAILABLE.
 */
public final class DeviceUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean timedOut;

  private DeviceUnavailableException(String message, boolean timedOut) {
    super(message, null, false, false);
    this.timedOut = timedOut;
  }

  /** A run that took too long, and was ended or given up. */
  public static DeviceUnavailableException tooLong(String device, long timeoutMs) {
    return new DeviceUnavailableException(
        "a run on " + device + " took longer than inference.timeout, " + timeoutMs + " ms", true);
  }

  /** A run that was not begun. */
  public static DeviceUnavailableException outOfService(String device) {
    return new DeviceUnavailableException(
        device + " is out of service, because runs on it did not end", false);
  }

  /** Whether this very run took too long, so that one of its rows may be to blame. */
  public boolean timedOut() {
    return timedOut;
  }
}
