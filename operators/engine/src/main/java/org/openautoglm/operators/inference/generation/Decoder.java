package org.openautoglm.operators.inference.generation;

import java.nio.FloatBuffer;
import java.util.List;

/**
 * A causal language model with room for some rows: the port behind which a runtime stands.
 *
 * <p>Rows live in slots, 0 to {@code cache().slots() - 1}. A row enters a free slot with {@link
 * #prefill}, grows by one token with each {@link #step} it takes part in, and leaves with {@link
 * #release}. What a slot's row gets must not depend on the other slots.
 *
 * <p>Not thread-safe: one thread calls everything but {@link #terminate}, {@link #close} included.
 * Several decoders may share one session; each has its own slots.
 *
 * <p><b>Failures.</b> When {@link #prefill} or {@link #step} throws, no slot has changed: each
 * holds the tokens it held before, and the same call may be made again, also with fewer rows. The
 * scheduler relies on it to find the row that cannot run, and fails that row alone.
 */
public interface Decoder extends AutoCloseable {

  /** The slots and the memory they take, all of it taken already. */
  CachePlan cache();

  /** Width of a row of logits. */
  int vocabulary();

  /** The most prompts of one {@link #prefill}, 1 or more. */
  int prefillRowsMax();

  /**
   * Whether a prompt may be read in several calls. Such a chunk, {@code start > 0} or not {@code
   * isLast()}, comes without company.
   */
  boolean readsInChunks();

  /**
   * Reads prompts, or the next part of one, into their slots. Rows may be of different length.
   *
   * @param chunks 1 to {@link #prefillRowsMax} of them, for different slots
   * @return logits after each chunk's last token, float [chunks, vocabulary], row i at i ×
   *     vocabulary from index 0; read-only in spirit, valid until the next call, and without
   *     meaning for a chunk that is not the last of its prompt
   * @throws Exception when nothing was read
   */
  FloatBuffer prefill(List<PromptChunk> chunks) throws Exception;

  /**
   * Appends one token to each of some rows.
   *
   * @param rows how many, 1 or more; the arrays may be longer
   * @param slots whose rows, ascending
   * @param tokens the token that was chosen last for each of them, and is not yet in the slot
   * @return logits for the token after it, float [rows, vocabulary], row i of {@code slots[i]} at i
   *     × vocabulary from index 0; valid until the next call
   * @throws Exception when no row was appended to
   */
  FloatBuffer step(int rows, int[] slots, int[] tokens) throws Exception;

  /** Empties a slot, whatever is in it. */
  void release(int slot);

  /**
   * Moves a row to a free slot, which frees the one it had. The scheduler keeps the slots in use
   * together at the low end this way, because a runtime that works on a range of slots pays for the
   * holes.
   *
   * @return false where this decoder does not move rows; nothing has changed then
   */
  default boolean move(int from, int to) {
    return false;
  }

  /**
   * Tells the call that the decoder's thread is in to end early, where it can: it throws then. Any
   * thread, as often as it likes; nothing happens where there is no call.
   */
  default void terminate() {}

  @Override
  void close();
}
