package org.openautoglm.operators.inference.generation;

import org.openautoglm.operators.inference.DeviceHealth;
import org.openautoglm.operators.inference.ModelLoadException;

/**
 * What is done about decoders that do not come back from a call.
 *
 * @param timeoutMs how long a call may take, milliseconds; 0: as long as it likes
 * @param health the device's
 * @param replacements makes a decoder in the place of one that is given up, by its number
 */
public record Supervision(long timeoutMs, DeviceHealth health, Replacements replacements) {

  /** Decoders in the place of others. */
  @FunctionalInterface
  public interface Replacements {
    /** A decoder as the one of that number was, with caches of its own. */
    Decoder open(int number) throws ModelLoadException;
  }

  /** Calls may take as long as they like. */
  static Supervision none() {
    return new Supervision(
        0,
        new DeviceHealth("none"),
        number -> {
          throw new ModelLoadException("decoder " + number + " cannot be replaced");
        });
  }
}
