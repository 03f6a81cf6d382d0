package org.openautoglm.operators.inference.onnx.decoder;

import org.openautoglm.operators.inference.generation.CachePlan;

/** The caches of rows one by one: a place for each slot, whether or not its row runs at present. */
final class RowCaches implements AutoCloseable {
  private final CacheLayout place;
  private final int caches;
  private final NativeMemory memory;

  RowCaches(DecoderSignature signature, CachePlan plan) {
    this.place = new CacheLayout(signature.cache(), 1, plan.capacityTokens());
    this.caches = 2 * signature.layers().size();
    this.memory = new NativeMemory(place.bytes() * caches * plan.slots());
  }

  /** Copies a row into a rectangle, to its right end. */
  void lay(int slot, int length, CachePages pages, int row, int rows, int tokens) {
    CacheLayout rectangle = new CacheLayout(place.cache(), rows, tokens);
    for (int cache = 0; cache < caches && length > 0; cache++) {
      place.copy(
          memory,
          start(slot, cache),
          0,
          0,
          length,
          rectangle,
          pages.past(),
          pages.start(cache),
          row,
          tokens - length);
    }
  }

  /** Copies a row out of a rectangle, from its right end. */
  void take(int slot, int length, CachePages pages, int row, int rows, int tokens) {
    CacheLayout rectangle = new CacheLayout(place.cache(), rows, tokens);
    for (int cache = 0; cache < caches && length > 0; cache++) {
      rectangle.copy(
          pages.past(),
          pages.start(cache),
          row,
          tokens - length,
          length,
          place,
          memory,
          start(slot, cache),
          0,
          0);
    }
  }

  private long start(int slot, int cache) {
    return ((long) slot * caches + cache) * place.bytes();
  }

  @Override
  public void close() {
    memory.close();
  }
}
