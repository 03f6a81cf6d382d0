package org.openautoglm.operators.inference.generation.text;

import java.util.List;

/**
 * The text of one row while it is generated. Without stop strings nothing is decoded before the
 * end. Belongs to one row; the decode thread calls it.
 */
public final class AnswerText {
  private final Detokenizer detokenizer;
  private final TokenText pieces;
  private final StopStrings stops;
  private final boolean mayStop;
  private String stopped;

  /**
   * @param detokenizer the model's
   * @param stops texts that end the answer and are no part of it, none of them empty; may be none
   */
  public AnswerText(Detokenizer detokenizer, List<String> stops) {
    if (stops.contains("")) {
      throw new IllegalArgumentException("a stop string must not be empty");
    }
    this.detokenizer = detokenizer;
    this.pieces = new TokenText(detokenizer);
    this.stops = new StopStrings(stops);
    this.mayStop = !stops.isEmpty();
  }

  /**
   * Looks at the newest token.
   *
   * @param tokens the answer's tokens, those of earlier calls unchanged
   * @param count how many there are, one more than last time
   * @return whether a stop string is complete, which ends the answer
   */
  public boolean isStoppedBy(int[] tokens, int count) {
    if (!mayStop) {
      return false;
    }
    String piece = pieces.next(tokens, count);
    int end = piece.isEmpty() ? -1 : stops.append(piece);
    if (end >= 0) {
      stopped = stops.before(end);
    }
    return end >= 0;
  }

  /**
   * The finished text: up to the stop string that was found, or of all tokens, without a last
   * character of which only a part was generated.
   *
   * @param tokens the answer's tokens without one that only ends it
   * @param count how many there are
   */
  public String finished(int[] tokens, int count) {
    String whole = TokenText.whole(detokenizer, tokens, count);
    if (stopped == null) {
      return whole;
    }
    // Pieces of broken characters may differ from the whole, which is what other answers are cut
    // from.
    int end = stops.firstIn(whole);
    return end >= 0 ? whole.substring(0, end) : stopped;
  }
}
