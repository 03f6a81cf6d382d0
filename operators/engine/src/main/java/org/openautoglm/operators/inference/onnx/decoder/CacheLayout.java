package org.openautoglm.operators.inference.onnx.decoder;

/**
 * Where a row's tokens stand in a cache of several rows. One copy moves as many bytes as stand
 * together in either order of the axes.
 *
 * @param cache heads, width, type and order of axes
 * @param rows rows of the cache
 * @param tokens tokens of each of them, filling included
 */
record CacheLayout(CacheShape cache, int rows, int tokens) {

  /** Bytes that stand together: of a head's tokens, or of a token's heads. */
  private long run(int count) {
    long number = (long) cache.width() * cache.type().size;
    return cache.sequenceFirst() ? number * cache.heads() : number * count;
  }

  private int runs(int count) {
    return cache.sequenceFirst() ? count : cache.heads();
  }

  private long offset(int row, int firstToken, int run) {
    long number = (long) cache.width() * cache.type().size;
    return cache.sequenceFirst()
        ? ((long) (firstToken + run) * rows + row) * cache.heads() * number
        : (((long) row * cache.heads() + run) * tokens + firstToken) * number;
  }

  /**
   * Copies some tokens of a row into another cache.
   *
   * @param start where this cache begins in its memory
   */
  void copy(
      NativeMemory from,
      long start,
      int row,
      int firstToken,
      int count,
      CacheLayout target,
      NativeMemory to,
      long targetStart,
      int targetRow,
      int targetToken) {
    for (int run = 0; run < runs(count); run++) {
      long length = run(count);
      to.bytes(targetStart + target.offset(targetRow, targetToken, run), length)
          .put(from.bytes(start + offset(row, firstToken, run), length));
    }
  }

  long bytes() {
    return cache.bytes(rows, tokens);
  }
}
