package org.openautoglm.operators.inference.generation;

/**
 * How rows share their decoders.
 *
 * @param prefillTokensMax padded prompt tokens that are read between two decode steps, 1 or more:
 *     the longest that a row which is being answered waits for those that join. Longer prompts are
 *     read in parts of this length where the decoder can
 * @param waitingMax rows that may wait for a slot; more are refused
 */
public record GenerationSettings(int prefillTokensMax, int waitingMax) {

  /** What suits a small model on a CPU. */
  public static final GenerationSettings DEFAULT = new GenerationSettings(256, 4_096);

  public GenerationSettings {
    if (prefillTokensMax < 1 || waitingMax < 0) {
      throw new IllegalArgumentException(
          "prefillTokensMax " + prefillTokensMax + ", waitingMax " + waitingMax);
    }
  }
}
