package org.openautoglm.operators.inference.generation;

import java.util.Locale;
import org.openautoglm.operators.inference.ModelLoadException;

/**
 * The memory of a decoder's keys and values: all of it is taken when the model is loaded, so that
 * no generation can run out of it midway. A row takes a whole slot, whatever its length.
 *
 * @param slots rows that can be decoded together, 1 or more
 * @param capacityTokens the most tokens of one row, prompt and answer together, 2 or more
 * @param bytesPerToken keys and values of one token in all layers, bytes; 0 for a model without a
 *     cache
 */
public record CachePlan(int slots, int capacityTokens, long bytesPerToken) {

  public CachePlan {
    if (slots < 1 || capacityTokens < 2 || bytesPerToken < 0) {
      throw new IllegalArgumentException(
          "a cache of " + slots + " slots of " + capacityTokens + " tokens of " + bytesPerToken);
    }
  }

  /**
   * As many slots as a budget allows.
   *
   * @param budgetBytes what the slots may take together
   * @param bytesPerToken keys and values of one token in all layers
   * @param capacityTokens the tokens of one slot
   * @param slotsMax no more than these, however large the budget
   * @throws ModelLoadException when the budget does not hold one slot; says what would
   */
  public static CachePlan within(
      long budgetBytes, long bytesPerToken, int capacityTokens, int slotsMax)
      throws ModelLoadException {
    long slotBytes = Math.multiplyExact(bytesPerToken, (long) capacityTokens);
    long fitting = slotBytes == 0 ? slotsMax : budgetBytes / slotBytes;
    if (fitting < 1) {
      throw new ModelLoadException(
          String.format(
              Locale.ROOT,
              "the cache budget of %,d bytes is too small for one slot of %,d tokens of %,d bytes;"
                  + " allow at least %,d bytes, or at most %,d tokens a row",
              budgetBytes,
              capacityTokens,
              bytesPerToken,
              slotBytes,
              budgetBytes / bytesPerToken));
    }
    return new CachePlan((int) Math.min(slotsMax, fitting), capacityTokens, bytesPerToken);
  }

  /** What one slot takes, bytes. */
  public long slotBytes() {
    return bytesPerToken * capacityTokens;
  }

  /** What all slots take together, bytes. */
  public long bytes() {
    return slotBytes() * slots;
  }
}
