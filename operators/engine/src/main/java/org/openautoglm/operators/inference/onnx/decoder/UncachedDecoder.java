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
 * A decoder whose graph has no caches: every token reads its whole row again, so that a text of n
 * tokens costs n²/2. Rows are filled up on the right, where causal attention does not look.
 */
final class UncachedDecoder implements Decoder {
  /** Logits come for every token, and take no more than this in one run. */
  private static final long LOGITS_BYTES_MAX = 64L << 20;

  private final DecoderGraph graph;
  private final CachePlan plan;
  private final int[][] tokens;
  private final int[] lengths;
  private final Map<String, OnnxTensor> feeds = new HashMap<>();
  private final Map<String, OnnxTensor> results = new HashMap<>();
  private final RunInputs inputs;
  private final LogitsRows logits;
  private final Termination termination = new Termination();

  UncachedDecoder(DecoderGraph graph, CachePlan plan) {
    this.graph = graph;
    this.plan = plan;
    this.tokens = new int[plan.slots()][];
    this.lengths = new int[plan.slots()];
    this.inputs = new RunInputs(graph.environment(), graph.signature(), feeds);
    this.logits = new LogitsRows(graph, plan.slots());
  }

  @Override
  public CachePlan cache() {
    return plan;
  }

  @Override
  public int vocabulary() {
    return graph.vocabulary();
  }

  @Override
  public int prefillRowsMax() {
    return plan.slots();
  }

  @Override
  public boolean readsInChunks() {
    return false;
  }

  @Override
  public FloatBuffer prefill(List<PromptChunk> chunks) throws OrtException {
    int[][] rows = new int[chunks.size()][];
    int[] fresh = new int[chunks.size()];
    for (int row = 0; row < rows.length; row++) {
      rows[row] = chunks.get(row).tokens();
      fresh[row] = chunks.get(row).end();
    }
    run(rows, fresh);
    for (PromptChunk chunk : chunks) {
      tokens[chunk.slot()] = Arrays.copyOf(chunk.tokens(), plan.capacityTokens());
      lengths[chunk.slot()] = chunk.end();
    }
    return logits.read(rows.length);
  }

  @Override
  public FloatBuffer step(int rows, int[] slots, int[] next) throws OrtException {
    int[][] grown = new int[rows][];
    int[] fresh = new int[rows];
    for (int row = 0; row < rows; row++) {
      int length = lengths[slots[row]];
      grown[row] = tokens[slots[row]];
      // Behind the row's end, where nobody looks if the run fails.
      grown[row][length] = next[row];
      fresh[row] = length + 1;
    }
    run(grown, fresh);
    for (int row = 0; row < rows; row++) {
      lengths[slots[row]]++;
    }
    return logits.read(rows);
  }

  /** Runs rows from their beginnings, so many together as their logits have room for. */
  private void run(int[][] rows, int[] fresh) throws OrtException {
    for (int first = 0; first < rows.length; ) {
      int after = first + 1;
      int width = fresh[first];
      while (after < rows.length) {
        width = Math.max(width, fresh[after]);
        if (graph.logitsBytes((long) width * (after + 1 - first)) > LOGITS_BYTES_MAX) {
          break;
        }
        after++;
      }
      run(rows, fresh, first, after);
      first = after;
    }
  }

  private void run(int[][] rows, int[] fresh, int first, int after) throws OrtException {
    int[] none = new int[after - first];
    RunRows run =
        new RunRows(
            none,
            Arrays.copyOfRange(rows, first, after),
            none,
            Arrays.copyOfRange(fresh, first, after));
    inputs.lay(run);
    try (OnnxTensor target = logits.placeOfAll(run.count(), run.width())) {
      results.put(graph.signature().logits(), target);
      graph.run(feeds, results, termination);
    }
    for (int row = 0; row < run.count(); row++) {
      logits.take((long) row * run.width() + run.fresh(row) - 1, first + row);
    }
  }

  @Override
  public void release(int slot) {
    tokens[slot] = null;
    lengths[slot] = 0;
  }

  @Override
  public void terminate() {
    termination.terminate();
  }

  @Override
  public void close() {
    inputs.close();
    logits.close();
  }
}
