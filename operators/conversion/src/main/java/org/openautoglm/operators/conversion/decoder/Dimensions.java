package org.openautoglm.operators.conversion.decoder;

import org.openautoglm.operators.conversion.weights.CheckpointException;

/**
 * A decoder's sizes.
 *
 * @param layers its blocks
 * @param hidden the width of a token's vector between blocks
 * @param intermediate the width within the feed-forward part
 * @param heads of the query
 * @param keyValueHeads of key and value, each shared by heads / keyValueHeads of the query's
 * @param headWidth of each head
 * @param vocabulary the tokens that it knows
 */
record Dimensions(
    int layers,
    int hidden,
    int intermediate,
    int heads,
    int keyValueHeads,
    int headWidth,
    int vocabulary) {
  private static final int LAYERS_MAX = 1000;

  /** What the attention kernels read at a time. */
  private static final int HEAD_WIDTH_STEP = 8;

  /** Checks them before anything is multiplied. */
  Dimensions checked() throws CheckpointException {
    if (layers > LAYERS_MAX) {
      throw new CheckpointException(
          "config.json asks for " + layers + " layers; at most " + LAYERS_MAX + " are converted");
    }
    if (heads % keyValueHeads != 0) {
      throw new CheckpointException(
          "config.json has "
              + heads
              + " attention heads for "
              + keyValueHeads
              + " key-value heads, which is no whole number for each; check that it is this model's");
    }
    if (headWidth == 0 || headWidth % HEAD_WIDTH_STEP != 0) {
      throw new CheckpointException(
          "config.json makes attention heads "
              + headWidth
              + " wide; the attention operator takes multiples of "
              + HEAD_WIDTH_STEP
              + ", so that this model cannot be converted");
    }
    if ((long) heads * headWidth > Integer.MAX_VALUE) {
      throw new CheckpointException("config.json makes the query too wide; check its sizes");
    }
    return this;
  }

  /** The query's width. */
  int queryWidth() {
    return heads * headWidth;
  }

  /** The key's and the value's width. */
  int keyValueWidth() {
    return keyValueHeads * headWidth;
  }

  /** The shape of a role's weight, as PyTorch keeps it. */
  long[] shape(Role role) {
    return switch (role) {
      case EMBEDDING, HEAD -> new long[] {vocabulary, hidden};
      case QUERY -> new long[] {queryWidth(), hidden};
      case KEY, VALUE -> new long[] {keyValueWidth(), hidden};
      case ATTENTION_OUTPUT -> new long[] {hidden, queryWidth()};
      case GATE, UP -> new long[] {intermediate, hidden};
      case DOWN -> new long[] {hidden, intermediate};
      case QUERY_NORM, KEY_NORM -> new long[] {headWidth};
      case ATTENTION_NORM, AFTER_ATTENTION_NORM, MLP_NORM, AFTER_MLP_NORM, FINAL_NORM ->
          new long[] {hidden};
    };
  }
}
