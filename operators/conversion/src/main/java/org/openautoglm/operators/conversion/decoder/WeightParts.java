package org.openautoglm.operators.conversion.decoder;

import java.io.IOException;

/** The parts of a graph that are made of large weights, in the format that those are stored in. */
interface WeightParts {

  /**
   * The vectors of tokens.
   *
   * @param tokens int64 [batch, sequence]
   * @return [batch, sequence, hidden]
   */
  String embedding(String tokens) throws IOException;

  /**
   * A linear layer, x · Wᵀ + b.
   *
   * @param x [batch, sequence, in]
   * @return [batch, sequence, out]
   */
  String linear(String x, Role role, int layer) throws IOException;

  /**
   * What each token of the vocabulary has for a score.
   *
   * @param x [batch, n, hidden]
   * @return [batch, n, vocabulary]
   */
  String lmHead(String x) throws IOException;
}
