package org.openautoglm.operators.inference.generation.sampling;

import java.nio.FloatBuffer;

/**
 * Chooses the next token of a row from its logits, in the order of Hugging Face's processors: the
 * repetition penalty, temperature, top-k, top-p, and a draw. Takes one or a few passes over the
 * vocabulary, sorts none of it, and allocates nothing. Not thread-safe: each decode thread has its
 * own.
 */
public final class Sampler {
  private final float[] row;
  private final Candidates candidates;
  private final TopK topK = new TopK();
  private final TopP topP = new TopP();

  /**
   * @param vocabulary how many logits a row has
   */
  public Sampler(int vocabulary) {
    this.row = new float[vocabulary];
    this.candidates = new Candidates(vocabulary);
  }

  /**
   * Chooses a token.
   *
   * @param logits of some rows, one after the other
   * @param offset where this row's begin
   * @param settings the row's
   * @param present the row's tokens; read only where the settings penalise
   * @param position the new token's place in the answer, from 0
   * @throws NotFiniteException when the logits have NaN, or none is finite
   */
  public int choose(
      FloatBuffer logits,
      int offset,
      SamplingSettings settings,
      PresentTokens present,
      int position)
      throws NotFiniteException {
    logits.get(offset, row);
    if (settings.penalizes()) {
      present.penalize(row, settings.repetitionPenalty());
    }
    int likeliest = likeliest();
    if (settings.isGreedy() || (settings.topK() == 1 && isAlone(likeliest))) {
      return likeliest;
    }
    return draw(settings, row[likeliest], RandomDraw.at(settings.seed(), position));
  }

  private int draw(SamplingSettings settings, float max, double share) {
    if (settings.topK() > 0 && settings.topK() < row.length) {
      candidates.takeFrom(row, topK.threshold(row, settings.topK()));
    } else {
      candidates.takeAll(row);
    }
    double sum = candidates.weigh(max, settings.temperature());
    if (settings.topP() < 1) {
      sum = topP.keep(candidates, settings.topP(), max, settings.temperature(), sum);
    }
    return candidates.draw(share, sum);
  }

  /** The first of the largest logits. */
  private int likeliest() throws NotFiniteException {
    int at = 0;
    float max = Float.NEGATIVE_INFINITY;
    boolean isNumber = true;
    for (int i = 0; i < row.length; i++) {
      float logit = row[i];
      isNumber &= !Float.isNaN(logit);
      if (logit > max) {
        max = logit;
        at = i;
      }
    }
    if (!isNumber || Float.isInfinite(max)) {
      throw new NotFiniteException();
    }
    return at;
  }

  private boolean isAlone(int token) {
    for (int i = token + 1; i < row.length; i++) {
      if (row[i] == row[token]) {
        return false;
      }
    }
    return true;
  }
}
