package org.openautoglm.operators.inference.onnx.decoder;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.openautoglm.operators.inference.generation.CachePlan;
import org.openautoglm.operators.inference.generation.Decoder;
import org.openautoglm.operators.inference.generation.PromptChunk;

/**
 * A decoder whose graph appends to its caches: past goes in, present comes out one token longer.
 * The rows of a step form a rectangle, filled up on the left and masked there. While the same rows
 * step on, present becomes the next past, and two pages of memory take turns; when rows come or go,
 * the rectangle is laid anew.
 *
 * <p>Rows that are not part of the last step are kept one by one in {@link RowCaches}, prompts that
 * were just read among them.
 */
final class GrowingCacheDecoder implements Decoder {
  private static final long LOGITS_BYTES_MAX = 64L << 20;
  private static final int RUN_TOKENS_MAX = 512;

  private final DecoderGraph graph;
  private final CachePlan plan;
  private final int runTokensMax;
  private final int[] lengths;
  private final RowCaches kept;
  private final CachePages pages;
  private final Map<String, OnnxTensor> feeds = new HashMap<>();
  private final Map<String, OnnxTensor> results = new HashMap<>();
  private final RunInputs inputs;
  private final LogitsRows logits;
  private final Termination termination = new Termination();

  /** The rows of the rectangle in its order; −1 for one that was released. */
  private int[] members = {};

  /** Tokens of the rectangle, filling included. */
  private int paddedTokens;

  /**
   * @param runTokensMax the most tokens read at once; 1 for a graph that is right only then
   */
  GrowingCacheDecoder(DecoderGraph graph, CachePlan plan, int runTokensMax) {
    this.graph = graph;
    this.plan = plan;
    this.runTokensMax =
        (int)
            Math.max(
                1,
                Math.min(
                    Math.min(RUN_TOKENS_MAX, runTokensMax),
                    LOGITS_BYTES_MAX / graph.logitsBytes(1)));
    this.lengths = new int[plan.slots()];
    this.kept = new RowCaches(graph.signature(), plan);
    this.pages = new CachePages(graph, plan);
    this.inputs = new RunInputs(graph.environment(), graph.signature(), feeds);
    this.logits = new LogitsRows(graph, plan.slots());
  }

  /** What one token takes: in the row's own cache, and in both pages. */
  static long tokenBytes(DecoderSignature signature) {
    return 3 * signature.tokenBytes();
  }

  @Override
  public CachePlan cache() {
    return plan;
  }

  @Override
  public int vocabulary() {
    return graph.vocabulary();
  }

  /** One: rows of different length would have to be filled up, for nothing in return. */
  @Override
  public int prefillRowsMax() {
    return 1;
  }

  @Override
  public boolean readsInChunks() {
    return true;
  }

  @Override
  public FloatBuffer prefill(List<PromptChunk> chunks) throws OrtException {
    PromptChunk chunk = chunks.get(0);
    park();
    int slot = chunk.slot();
    for (int start = chunk.start(); start < chunk.end(); start += runTokensMax) {
      int end = Math.min(chunk.end(), start + runTokensMax);
      // The row alone is a rectangle too, in the pages.
      pages.clearRectangle(1, start);
      kept.lay(slot, start, pages, 0, 1, start);
      RunRows row =
          RunRows.of(List.of(new PromptChunk(slot, chunk.tokens(), start, end))).leftPadded(start);
      run(row, start);
      kept.take(slot, end, pages, 0, 1, end);
    }
    lengths[slot] = chunk.end();
    return logits.read(1);
  }

  @Override
  public FloatBuffer step(int rows, int[] slots, int[] tokens) throws OrtException {
    int[] wanted = Arrays.copyOf(slots, rows);
    if (!Arrays.equals(members, wanted)) {
      park();
      lay(wanted);
    }
    int[] past = new int[rows];
    int[] fresh = new int[rows];
    int[] from = new int[rows];
    int[][] sources = new int[rows][];
    for (int row = 0; row < rows; row++) {
      past[row] = lengths[slots[row]];
      if (past[row] == plan.capacityTokens()) {
        throw new IllegalStateException("slot " + slots[row] + " is full");
      }
      fresh[row] = 1;
      from[row] = row;
      sources[row] = tokens;
    }
    run(new RunRows(past, sources, from, fresh).leftPadded(paddedTokens), paddedTokens);
    paddedTokens++;
    for (int row = 0; row < rows; row++) {
      lengths[slots[row]]++;
    }
    return logits.read(rows);
  }

  /** Makes the rectangle of these rows, of what is kept of them. */
  private void lay(int[] wanted) {
    int longest = 0;
    for (int slot : wanted) {
      longest = Math.max(longest, lengths[slot]);
    }
    pages.clearRectangle(wanted.length, longest);
    for (int row = 0; row < wanted.length; row++) {
      kept.lay(wanted[row], lengths[wanted[row]], pages, row, wanted.length, longest);
    }
    members = wanted;
    paddedTokens = longest;
  }

  /** Takes the rows out of the rectangle into their own caches. */
  private void park() {
    for (int row = 0; row < members.length; row++) {
      if (members[row] >= 0) {
        kept.take(members[row], lengths[members[row]], pages, row, members.length, paddedTokens);
      }
    }
    members = new int[0];
  }

  private void run(RunRows rows, int pastTokens) throws OrtException {
    inputs.lay(rows);
    pages.lay(feeds, results, rows.count(), pastTokens, pastTokens + rows.width());
    try (OnnxTensor target =
        rows.width() == 1 || graph.signature().takes(DecoderSignature.Content.KEPT)
            ? logits.place(0, rows.count())
            : logits.placeOfAll(rows.count(), rows.width())) {
      results.put(graph.signature().logits(), target);
      graph.run(feeds, results, termination);
      pages.turn();
      if (target.getInfo().getShape()[1] > 1) {
        logits.take((long) rows.width() - 1, 0);
      }
    }
  }

  @Override
  public void release(int slot) {
    lengths[slot] = 0;
    for (int row = 0; row < members.length; row++) {
      if (members[row] == slot) {
        members[row] = -1;
      }
    }
  }

  @Override
  public void terminate() {
    termination.terminate();
  }

  @Override
  public void close() {
    pages.close();
    inputs.close();
    logits.close();
    kept.close();
  }
}
