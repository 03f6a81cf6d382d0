package org.openautoglm.operators.inference.generation;

import java.util.Objects;

/**
 * A finished row.
 *
 * @param text what was generated, special tokens and a stop string left out
 * @param finishReason why it ended
 * @param promptTokens tokens read
 * @param tokens tokens generated, one that ended it included; read-only
 */
@SuppressWarnings("ArrayRecordComponent") // Read-only: a copy would only cost time.
public record Generation(String text, FinishReason finishReason, int promptTokens, int[] tokens) {

  public Generation {
    Objects.requireNonNull(text);
    Objects.requireNonNull(finishReason);
    Objects.requireNonNull(tokens);
  }

  /** How many tokens were generated. */
  public int completionTokens() {
    return tokens.length;
  }
}
