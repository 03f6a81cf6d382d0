package org.openautoglm.operators.inference.generation.sampling;

/** The tokens present in a row, each once, for the repetition penalty. Belongs to one row. */
public final class PresentTokens {
  private final long[] bits;
  private final int[] tokens;
  private int count;

  /**
   * @param vocabulary how many tokens there are
   * @param tokensMax the most tokens that will be added
   */
  public PresentTokens(int vocabulary, int tokensMax) {
    this.bits = new long[(vocabulary + Long.SIZE - 1) / Long.SIZE];
    this.tokens = new int[Math.min(vocabulary, tokensMax)];
  }

  /** Adds a token that the row has. */
  public void add(int token) {
    long bit = 1L << token;
    if ((bits[token / Long.SIZE] & bit) == 0) {
      bits[token / Long.SIZE] |= bit;
      tokens[count++] = token;
    }
  }

  /**
   * Makes every token that is present less likely (Keskar et al., 2019, as Hugging Face has it).
   */
  void penalize(float[] logits, float penalty) {
    for (int i = 0; i < count; i++) {
      float logit = logits[tokens[i]];
      logits[tokens[i]] = logit < 0 ? logit * penalty : logit / penalty;
    }
  }
}
