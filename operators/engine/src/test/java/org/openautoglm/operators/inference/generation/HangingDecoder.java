package org.openautoglm.operators.inference.generation;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A decoder whose calls hang when a row has a certain token: until they are told to end, or not.
 */
final class HangingDecoder implements Decoder {
  static final int BAD = 3;

  private final ScriptedDecoder decoder;
  private final boolean listens;
  private final Semaphore terminated = new Semaphore(0);
  private final CountDownLatch letGo = new CountDownLatch(1);
  private final int[][] prompts;

  /** Hangs whatever the rows are. */
  volatile boolean dead;

  final AtomicInteger hangs = new AtomicInteger();
  volatile boolean closed;

  /**
   * @param listens whether a call ends when it is told to
   */
  HangingDecoder(int slots, boolean listens) {
    this.decoder = new ScriptedDecoder(slots, 64, slots, true, true);
    this.listens = listens;
    this.prompts = new int[slots][];
  }

  void letGo() {
    letGo.countDown();
  }

  @Override
  public FloatBuffer prefill(List<PromptChunk> chunks) throws Exception {
    boolean bad = false;
    for (PromptChunk chunk : chunks) {
      prompts[chunk.slot()] = chunk.tokens();
      bad |= isBad(chunk.slot());
    }
    hangIf(bad);
    return decoder.prefill(chunks);
  }

  @Override
  public FloatBuffer step(int rows, int[] slots, int[] tokens) throws Exception {
    hangIf(false);
    return decoder.step(rows, slots, tokens);
  }

  private boolean isBad(int slot) {
    return Arrays.stream(prompts[slot]).anyMatch(token -> token == BAD);
  }

  private void hangIf(boolean bad) throws Exception {
    if (!bad && !dead) {
      return;
    }
    hangs.incrementAndGet();
    if (listens) {
      terminated.drainPermits();
      terminated.acquire();
      throw new IllegalStateException("terminated");
    }
    letGo.await();
  }

  @Override
  public void terminate() {
    if (listens) {
      terminated.release();
    }
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
  public void release(int slot) {
    decoder.release(slot);
  }

  @Override
  public boolean move(int from, int to) {
    if (decoder.move(from, to)) {
      prompts[to] = prompts[from];
      return true;
    }
    return false;
  }

  @Override
  public void close() {
    closed = true;
  }
}
