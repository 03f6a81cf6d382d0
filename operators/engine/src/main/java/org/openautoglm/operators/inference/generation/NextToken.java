package org.openautoglm.operators.inference.generation;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.openautoglm.operators.inference.generation.sampling.NotFiniteException;
import org.openautoglm.operators.inference.generation.sampling.Sampler;

/** Chooses rows' next tokens, and knows when a text is at its end. Belongs to one decode thread. */
final class NextToken {
  private final Sampler sampler;
  private final int vocabulary;
  private final int[] endTokens;

  NextToken(int vocabulary, GenerationModel model) {
    this.sampler = new Sampler(vocabulary);
    this.vocabulary = vocabulary;
    this.endTokens = model.sortedEndTokens();
  }

  /**
   * Adds a token to a row.
   *
   * @param logits of some rows, one after the other
   * @param at the row's place among them
   * @return the answer where this was its last token, or null
   * @throws NotFiniteException when the model gave the row no numbers to choose by
   */
  Generation add(Row row, FloatBuffer logits, int at) throws NotFiniteException {
    int token =
        sampler.choose(logits, at * vocabulary, row.request.sampling(), row.present(), row.count());
    row.add(token);
    if (Arrays.binarySearch(endTokens, token) >= 0) {
      return row.finished(FinishReason.STOP, 1);
    }
    if (row.isStopped()) {
      return row.finished(FinishReason.STOP, 0);
    }
    return row.isFull() ? row.finished(FinishReason.LENGTH, 0) : null;
  }
}
