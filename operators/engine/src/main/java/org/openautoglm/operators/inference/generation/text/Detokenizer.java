package org.openautoglm.operators.inference.generation.text;

/** From tokens back to text, as the model's tokenizer does it. Thread-safe. */
@FunctionalInterface
public interface Detokenizer {

  /**
   * The text of some tokens, special tokens left out. Bytes that are no complete UTF-8 character
   * become U+FFFD.
   *
   * @param tokens read-only
   * @param start the first token
   * @param end after the last token
   */
  String decode(int[] tokens, int start, int end);
}
