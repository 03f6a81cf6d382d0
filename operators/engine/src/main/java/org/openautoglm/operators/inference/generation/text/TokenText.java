package org.openautoglm.operators.inference.generation.text;

/**
 * The text of a growing row of tokens, piece by piece. A character whose bytes are spread over
 * several tokens is held back until it is complete.
 *
 * <p>A tokenizer may write a token differently at the start of a text (without its space), so each
 * piece is decoded together with the tokens of the piece before, and what is new is the difference:
 * the way of text-generation-inference.
 */
final class TokenText {
  private static final char INCOMPLETE = '\uFFFD';

  /**
   * A character has at most 4 bytes and a token at least 1: what is still incomplete after so many
   * tokens is no character and never will be.
   */
  private static final int HELD_BACK_MAX_TOKENS = 4;

  private final Detokenizer detokenizer;
  private int contextStart;
  private int pieceStart;
  private String context = "";

  TokenText(Detokenizer detokenizer) {
    this.detokenizer = detokenizer;
  }

  /**
   * What the row's text gained, and will not lose again.
   *
   * @param tokens the row's tokens, those of earlier calls unchanged
   * @param count how many there are
   */
  String next(int[] tokens, int count) {
    String together = detokenizer.decode(tokens, contextStart, count);
    boolean isComplete = together.isEmpty() || together.charAt(together.length() - 1) != INCOMPLETE;
    if (!isComplete && count - pieceStart < HELD_BACK_MAX_TOKENS) {
      return "";
    }
    if (together.length() <= context.length()) {
      return "";
    }
    String piece = together.substring(context.length());
    contextStart = pieceStart;
    pieceStart = count;
    context = detokenizer.decode(tokens, contextStart, count);
    return piece;
  }

  /** A finished text, without a last character of which only a part was generated. */
  static String whole(Detokenizer detokenizer, int[] tokens, int count) {
    String text = detokenizer.decode(tokens, 0, count);
    int last = text.length() - 1;
    return last >= 0 && text.charAt(last) == INCOMPLETE ? text.substring(0, last) : text;
  }
}
