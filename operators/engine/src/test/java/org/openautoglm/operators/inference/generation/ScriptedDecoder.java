package org.openautoglm.operators.inference.generation;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * A decoder whose next token is a function of a row's tokens, as a model's is. It keeps the port's
 * rules by force: whoever breaks one gets an error at once, and the logits of earlier calls are
 * overwritten.
 */
final class ScriptedDecoder implements Decoder {
  static final int VOCABULARY = 97;

  private final CachePlan plan;
  private final int prefillRowsMax;
  private final boolean readsInChunks;
  private final boolean moves;
  private final ToIntFunction<int[]> script;
  private final int[][] held;
  private final float[] logits;

  /** What each call did: p for prefill with its rows × longest, s for step with its rows. */
  final List<String> calls = new ArrayList<>();

  /** Fails every call in which a row has this token. */
  volatile int poison = -1;

  /** Gives NaN for every row that has this token. */
  volatile int blurred = -1;

  volatile Error dies;
  volatile boolean closed;

  ScriptedDecoder(
      int slots, int capacity, int prefillRowsMax, boolean readsInChunks, boolean moves) {
    this(slots, capacity, prefillRowsMax, readsInChunks, moves, ScriptedDecoder::hash);
  }

  ScriptedDecoder(
      int slots,
      int capacity,
      int prefillRowsMax,
      boolean readsInChunks,
      boolean moves,
      ToIntFunction<int[]> script) {
    this.plan = new CachePlan(slots, capacity, 8);
    this.prefillRowsMax = prefillRowsMax;
    this.readsInChunks = readsInChunks;
    this.moves = moves;
    this.script = script;
    this.held = new int[slots][];
    this.logits = new float[slots * VOCABULARY];
  }

  /** A token that depends on all that came before it. */
  static int hash(int[] tokens) {
    return Math.floorMod((Arrays.hashCode(tokens) * 0x9e3779b9) >>> 7, VOCABULARY);
  }

  @Override
  public CachePlan cache() {
    return plan;
  }

  @Override
  public int vocabulary() {
    return VOCABULARY;
  }

  @Override
  public int prefillRowsMax() {
    return prefillRowsMax;
  }

  @Override
  public boolean readsInChunks() {
    return readsInChunks;
  }

  @Override
  public FloatBuffer prefill(List<PromptChunk> chunks) throws Exception {
    check(!chunks.isEmpty() && chunks.size() <= prefillRowsMax, "prefill of " + chunks.size());
    int longest = 0;
    for (PromptChunk chunk : chunks) {
      boolean whole = chunk.start() == 0 && chunk.isLast();
      check(whole || (readsInChunks && chunks.size() == 1), "a part must come alone");
      int[] before = held[chunk.slot()];
      check((before == null ? 0 : before.length) == chunk.start(), "slot " + chunk.slot());
      check(chunk.end() <= plan.capacityTokens(), "capacity");
      longest = Math.max(longest, chunk.length());
      refuse(chunk.tokens());
    }
    calls.add("p" + chunks.size() + "x" + longest);
    for (int i = 0; i < chunks.size(); i++) {
      PromptChunk chunk = chunks.get(i);
      held[chunk.slot()] = Arrays.copyOf(chunk.tokens(), chunk.end());
    }
    Arrays.fill(logits, Float.NaN);
    for (int i = 0; i < chunks.size(); i++) {
      write(i, held[chunks.get(i).slot()]);
    }
    return FloatBuffer.wrap(logits);
  }

  @Override
  public FloatBuffer step(int rows, int[] slots, int[] tokens) throws Exception {
    check(rows > 0 && rows <= plan.slots(), "step of " + rows);
    int[][] grown = new int[rows][];
    for (int i = 0; i < rows; i++) {
      check(i == 0 || slots[i] > slots[i - 1], "slots must ascend");
      int[] before = held[slots[i]];
      check(before != null && before.length < plan.capacityTokens(), "slot " + slots[i]);
      grown[i] = Arrays.copyOf(before, before.length + 1);
      grown[i][before.length] = tokens[i];
      refuse(grown[i]);
    }
    if (dies != null) {
      throw dies;
    }
    calls.add("s" + rows);
    Arrays.fill(logits, Float.NaN);
    for (int i = 0; i < rows; i++) {
      held[slots[i]] = grown[i];
      write(i, grown[i]);
    }
    return FloatBuffer.wrap(logits);
  }

  @Override
  public void release(int slot) {
    held[slot] = null;
  }

  @Override
  public boolean move(int from, int to) {
    check(held[to] == null, "slot " + to + " is used");
    if (moves) {
      held[to] = held[from];
      held[from] = null;
    }
    return moves;
  }

  @Override
  public void close() {
    closed = true;
  }

  /** Slots that still hold a row. */
  long used() {
    return Arrays.stream(held).filter(row -> row != null).count();
  }

  private void refuse(int[] tokens) throws Exception {
    if (contains(tokens, poison)) {
      throw new PoisonException();
    }
  }

  private void write(int row, int[] tokens) {
    int next = script.applyAsInt(tokens);
    for (int id = 0; id < VOCABULARY; id++) {
      // A peak at the scripted token over a floor that also depends on the row.
      float floor = Math.floorMod(next * 31 + id * 17, VOCABULARY) / (float) VOCABULARY;
      logits[row * VOCABULARY + id] = id == next ? 2 : floor;
    }
    if (contains(tokens, blurred)) {
      logits[row * VOCABULARY + VOCABULARY / 2] = Float.NaN;
    }
  }

  private static boolean contains(int[] tokens, int token) {
    return Arrays.stream(tokens).anyMatch(each -> each == token);
  }

  private static void check(boolean holds, String message) {
    if (!holds) {
      throw new AssertionError(message);
    }
  }

  /** What a runtime throws for a row that it cannot run. */
  static final class PoisonException extends Exception {
    private static final long serialVersionUID = 1L;
  }
}
