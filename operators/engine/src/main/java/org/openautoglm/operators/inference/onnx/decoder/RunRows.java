package org.openautoglm.operators.inference.onnx.decoder;

import java.util.List;
import org.openautoglm.operators.inference.generation.PromptChunk;

/**
 * The rows of one run: how much each has read before and which tokens it reads now. Short rows are
 * filled up on the right.
 */
final class RunRows {
  private final int[] past;
  private final int[] fresh;
  private final int[][] tokens;
  private final int[] from;
  private final int width;
  private final int longest;
  private int paddedPast = -1;

  /**
   * @param past tokens that each row has read before
   * @param tokens where the tokens of each row stand
   * @param from the first of them to read now
   * @param fresh how many to read now, 1 or more
   */
  RunRows(int[] past, int[][] tokens, int[] from, int[] fresh) {
    this.past = past;
    this.tokens = tokens;
    this.from = from;
    this.fresh = fresh;
    int widest = 0;
    int most = 0;
    for (int row = 0; row < past.length; row++) {
      widest = Math.max(widest, fresh[row]);
      most = Math.max(most, past[row] + fresh[row]);
    }
    this.width = widest;
    this.longest = most;
  }

  /** The rows of prompts, or of the next parts of them. */
  static RunRows of(List<PromptChunk> chunks) {
    int count = chunks.size();
    int[] past = new int[count];
    int[][] tokens = new int[count][];
    int[] fresh = new int[count];
    for (int row = 0; row < count; row++) {
      PromptChunk chunk = chunks.get(row);
      past[row] = chunk.start();
      tokens[row] = chunk.tokens();
      fresh[row] = chunk.length();
    }
    return new RunRows(past, tokens, past, fresh);
  }

  /** Says that past caches were filled up on the left to this many tokens. */
  RunRows leftPadded(int pastTokens) {
    paddedPast = pastTokens;
    return this;
  }

  int count() {
    return past.length;
  }

  /** Tokens of the row that reads most now. */
  int width() {
    return width;
  }

  /** Tokens of the longest row after the run. */
  int longest() {
    return longest;
  }

  int past(int row) {
    return past[row];
  }

  int fresh(int row) {
    return fresh[row];
  }

  int token(int row, int index) {
    return tokens[row][from[row] + index];
  }

  boolean anyPast() {
    for (int tokensBefore : past) {
      if (tokensBefore > 0) {
        return true;
      }
    }
    return false;
  }

  /** Columns of the mask. */
  int maskWidth() {
    return paddedPast < 0 ? longest : paddedPast + width;
  }

  /** The first column of a row's own tokens in the mask. */
  int maskFrom(int row) {
    return paddedPast < 0 ? 0 : paddedPast - past[row];
  }
}
