package org.openautoglm.operators.inference.generation;

import java.util.Objects;

/**
 * Tokens of a prompt to be read into a slot.
 *
 * @param slot where they go
 * @param tokens the whole prompt; read-only
 * @param start the first token to read; those before it are in the slot already
 * @param end after the last token to read
 */
@SuppressWarnings("ArrayRecordComponent") // Read-only: a copy would only cost time.
public record PromptChunk(int slot, int[] tokens, int start, int end) {

  public PromptChunk {
    Objects.requireNonNull(tokens);
    if (start < 0 || start >= end || end > tokens.length) {
      throw new IllegalArgumentException(
          "tokens " + start + " to " + end + " of a prompt of " + tokens.length);
    }
  }

  /** Tokens to read. */
  public int length() {
    return end - start;
  }

  /** Whether the prompt is complete in its slot after this. */
  public boolean isLast() {
    return end == tokens.length;
  }
}
