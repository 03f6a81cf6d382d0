package org.openautoglm.operators.inference.generation;

import java.nio.FloatBuffer;
import java.util.List;

/** A decoder that shows every row's logits on their way to the sampler. */
final class WatchedDecoder implements Decoder {
  private final Decoder decoder;
  private final Watcher watcher;
  private final int[][] prompts;
  private final int[] positions;
  private final float[] row;

  /** Sees logits. */
  @FunctionalInterface
  interface Watcher {
    /**
     * Sees what the next token of a row is chosen from.
     *
     * @param prompt the row's, the very array that was submitted
     * @param position the token's place in the answer, from 0
     * @param logits valid during the call
     */
    void see(int[] prompt, int position, float[] logits);
  }

  WatchedDecoder(Decoder decoder, Watcher watcher) {
    this.decoder = decoder;
    this.watcher = watcher;
    this.prompts = new int[decoder.cache().slots()][];
    this.positions = new int[prompts.length];
    this.row = new float[decoder.vocabulary()];
  }

  @Override
  public CachePlan cache() {
    return decoder.cache();
  }

  @Override
  public int vocabulary() {
    return decoder.vocabulary();
  }

  @Override
  public int prefillRowsMax() {
    return decoder.prefillRowsMax();
  }

  @Override
  public boolean readsInChunks() {
    return decoder.readsInChunks();
  }

  @Override
  public FloatBuffer prefill(List<PromptChunk> chunks) throws Exception {
    FloatBuffer logits = decoder.prefill(chunks);
    for (int i = 0; i < chunks.size(); i++) {
      PromptChunk chunk = chunks.get(i);
      if (chunk.isLast()) {
        prompts[chunk.slot()] = chunk.tokens();
        positions[chunk.slot()] = 0;
        see(chunk.slot(), logits, i);
      }
    }
    return logits;
  }

  @Override
  public FloatBuffer step(int rows, int[] slots, int[] tokens) throws Exception {
    FloatBuffer logits = decoder.step(rows, slots, tokens);
    for (int i = 0; i < rows; i++) {
      positions[slots[i]]++;
      see(slots[i], logits, i);
    }
    return logits;
  }

  private void see(int slot, FloatBuffer logits, int at) {
    logits.get(at * row.length, row);
    watcher.see(prompts[slot], positions[slot], row);
  }

  @Override
  public void release(int slot) {
    decoder.release(slot);
  }

  @Override
  public boolean move(int from, int to) {
    boolean moved = decoder.move(from, to);
    if (moved) {
      prompts[to] = prompts[from];
      positions[to] = positions[from];
    }
    return moved;
  }

  @Override
  public void close() {
    decoder.close();
  }
}
