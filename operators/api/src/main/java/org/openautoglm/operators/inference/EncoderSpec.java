package org.openautoglm.operators.inference;

import java.io.Serializable;

/**
 * What the configuration says over the model directory's head.
 *
 * @param maxTokens the longest row in tokens, special tokens included; 0: what the directory says
 * @param truncate cut rows that are too long instead of refusing them
 * @param pooling how token vectors become one
 * @param normalization whether embeddings are scaled to length 1
 */
public record EncoderSpec(
    int maxTokens, boolean truncate, Pooling pooling, Normalization normalization)
    implements Serializable {

  private static final long serialVersionUID = 1L;

  /** Everything as the model directory states it. */
  public static final EncoderSpec FROM_MODEL =
      new EncoderSpec(0, false, Pooling.FROM_MODEL, Normalization.FROM_MODEL);

  /** How a row's token vectors become one vector. */
  public enum Pooling {
    FROM_MODEL,
    /** The vector of the first token. */
    CLS,
    /** The mean over the row's own tokens, padding left out. */
    MEAN
  }

  /** Whether embeddings are scaled to Euclidean length 1. */
  public enum Normalization {
    FROM_MODEL,
    L2,
    NONE
  }
}
