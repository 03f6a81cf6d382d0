package org.openautoglm.operators.inference.generation.sampling;

/**
 * How a row's next token is chosen.
 *
 * @param temperature divides the logits before they become probabilities; 0 is greedy, the
 *     likeliest token always, and the other settings but the penalty do nothing then
 * @param topK only the k likeliest tokens, and those as likely as the last of them; 0 is no limit
 * @param topP only the likeliest tokens whose probabilities together reach this, above 0; 1 is no
 *     limit
 * @param repetitionPenalty divides the positive logits of tokens present in prompt or answer, and
 *     multiplies the negative ones; 1 is none
 * @param seed with the same seed, the same logits give the same tokens
 */
public record SamplingSettings(
    float temperature, int topK, float topP, float repetitionPenalty, long seed) {

  /** The likeliest token, always. */
  public static final SamplingSettings GREEDY = new SamplingSettings(0, 0, 1, 1, 0);

  public SamplingSettings {
    if (!(temperature >= 0) || temperature == Float.POSITIVE_INFINITY) {
      throw new IllegalArgumentException("temperature must be 0 or more, not " + temperature);
    }
    if (topK < 0) {
      throw new IllegalArgumentException("top_k must be 0 or more, not " + topK);
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("top_p must be above 0 and at most 1, not " + topP);
    }
    if (!(repetitionPenalty > 0) || repetitionPenalty == Float.POSITIVE_INFINITY) {
      throw new IllegalArgumentException(
          "repetition_penalty must be above 0 and finite, not " + repetitionPenalty);
    }
  }

  /** Whether chance has no part in it. */
  public boolean isGreedy() {
    return temperature == 0;
  }

  /** Whether it matters which tokens are already present. */
  public boolean penalizes() {
    return repetitionPenalty != 1;
  }
}
