package org.openautoglm.operators.conversion.check;

import java.io.IOException;
import java.util.List;

/** A language model that continues rows of tokens. Used by one thread. */
public interface CausalModel extends AutoCloseable {

  /**
   * The logits after each token of a row, read at once.
   *
   * @param tokens at least one
   * @return tokens × vocabulary, row-major
   */
  float[] score(int[] tokens) throws IOException;

  /**
   * Continues rows together, each step with the likeliest token, ends of texts not heeded.
   *
   * @param prompts at least one token each
   * @param tokens how many are added to each
   * @param watcher sees the logits that each of them was taken from
   * @return what was added to each row
   */
  int[][] greedy(List<int[]> prompts, int tokens, LogitWatcher watcher) throws IOException;

  /**
   * Keys and values that each layer has cached after a row, in the order of the layers; empty where
   * the graph caches nothing.
   */
  List<LayerCache> caches(int[] tokens) throws IOException;

  @Override
  void close();

  /** Sees logits while rows are continued. */
  @FunctionalInterface
  interface LogitWatcher {
    LogitWatcher NONE = (row, step, logits, offset, length) -> {};

    /** The logits of one step of one row: so many numbers from an offset on. */
    void see(int row, int step, float[] logits, int offset, int length);
  }

  /**
   * What a layer has cached of one row.
   *
   * @param key heads × tokens × width, row-major
   * @param value the same
   */
  @SuppressWarnings("ArrayRecordComponent") // Compared once, by the thread that made them.
  record LayerCache(float[] key, float[] value) {}

  /** The index of the largest of so many numbers from an offset on; the first of equals. */
  static int largest(float[] values, int offset, int length) {
    int best = offset;
    for (int i = offset + 1; i < offset + length; i++) {
      if (values[i] > values[best]) {
        best = i;
      }
    }
    return best - offset;
  }
}
