package org.openautoglm.operators.conversion.encoder;

/** What the graph does at its end. */
public sealed interface EncoderHead {
  /** The graph's one output. */
  String output();

  /**
   * Makes {@code sentence_embedding}, float {@code [batch, width]}.
   *
   * @param normalize whether embeddings are scaled to length 1
   */
  record Embedding(Pooling pooling, boolean normalize) implements EncoderHead {
    @Override
    public String output() {
      return "sentence_embedding";
    }
  }

  /** Makes {@code probabilities}, float {@code [batch, labels]}. */
  record Classes(Scores scores) implements EncoderHead {
    @Override
    public String output() {
      return "probabilities";
    }
  }

  /** How token vectors become one. */
  enum Pooling {
    /** The vector of the first token. */
    CLS,
    /** The mean over the tokens that the attention mask has as 1. */
    MEAN
  }

  /** What the scores of the export are. */
  enum Scores {
    /** One class is right: softmax makes probabilities of them. */
    LOGITS,
    /** Each class is right or not by itself: sigmoid does. */
    INDEPENDENT_LOGITS,
    /** The exponential does. */
    LOG_PROBABILITIES,
    /** They are probabilities. */
    PROBABILITIES
  }
}
