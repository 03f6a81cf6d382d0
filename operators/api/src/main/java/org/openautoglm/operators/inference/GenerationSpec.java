package org.openautoglm.operators.inference;

import java.io.Serializable;

/**
 * How much a text-generating model may hold and say.
 *
 * @param maxNewTokens the most tokens of an answer whose request does not say; 0: what the
 *     directory says, or else {@link #NEW_TOKENS}
 * @param contextTokens the most tokens of one row, prompt and answer together; fewer where the
 *     model has fewer positions
 * @param slots rows that are decoded together, 1 or more; fewer where the cache has no room
 * @param kvCacheBytes what the keys and values of all slots may take on one device
 */
public record GenerationSpec(int maxNewTokens, int contextTokens, int slots, long kvCacheBytes)
    implements Serializable {

  private static final long serialVersionUID = 1L;

  /** How long answers are where neither request nor configuration nor directory says. */
  public static final int NEW_TOKENS = 256;

  /** 32 rows of at most 2,048 tokens in 512 MiB. */
  public static final GenerationSpec STANDARD = new GenerationSpec(0, 2_048, 32, 512L << 20);

  /**
   * The most tokens of one row.
   *
   * @param positions those that the model has; 0: unknown
   */
  public int capacityTokens(int positions) {
    return positions > 0 ? Math.min(contextTokens, positions) : contextTokens;
  }

  public GenerationSpec {
    if (maxNewTokens < 0 || contextTokens < 2 || slots < 1 || kvCacheBytes < 1) {
      throw new IllegalArgumentException(
          "maxNewTokens %d, contextTokens %d, slots %d, kvCacheBytes %d"
              .formatted(maxNewTokens, contextTokens, slots, kvCacheBytes));
    }
  }
}
