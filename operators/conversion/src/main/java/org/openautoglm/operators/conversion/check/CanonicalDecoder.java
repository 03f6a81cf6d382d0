package org.openautoglm.operators.conversion.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.openautoglm.operators.conversion.check.CacheSlots.Cache;
import org.openautoglm.operators.conversion.check.LoadedGraph.Element;
import org.openautoglm.operators.conversion.check.LoadedGraph.Outputs;
import org.openautoglm.operators.conversion.check.LoadedGraph.Tensor;

/**
 * Runs the canonical decoder graph: rows of different lengths together, without padding between
 * them, and caches that a run reads and writes in the same memory.
 */
public final class CanonicalDecoder implements CausalModel {
  /** The value of the metadata {@code autoglm.graph} of such graphs. */
  public static final String GRAPH = "decoder-1";

  private final LoadedGraph graph;
  private final CacheSlots slots;

  /**
   * @param graph owned by this object from now on
   */
  public CanonicalDecoder(LoadedGraph graph) {
    this.graph = graph;
    this.slots = CacheSlots.of(graph);
  }

  @Override
  public float[] score(int[] tokens) throws IOException {
    try (Run run = new Run(1, tokens.length)) {
      return run.step(
          new int[][] {tokens},
          new int[] {tokens.length},
          new long[][] {IntStream.range(0, tokens.length).asLongStream().toArray()});
    }
  }

  @Override
  public int[][] greedy(List<int[]> prompts, int tokens, LogitWatcher watcher) throws IOException {
    int rows = prompts.size();
    int longest = prompts.stream().mapToInt(prompt -> prompt.length).max().orElseThrow();
    int[][] added = new int[rows][tokens];
    int[][] input = prompts.toArray(int[][]::new);
    int[] totals = prompts.stream().mapToInt(prompt -> prompt.length).toArray();
    long[][] last = new long[rows][];
    for (int row = 0; row < rows; row++) {
      last[row] = new long[] {totals[row] - 1};
    }
    try (Run run = new Run(rows, longest + tokens)) {
      for (int step = 0; step < tokens; step++) {
        float[] logits = run.step(input, totals, last);
        int vocabulary = logits.length / rows;
        input = new int[rows][];
        for (int row = 0; row < rows; row++) {
          watcher.see(row, step, logits, row * vocabulary, vocabulary);
          added[row][step] = CausalModel.largest(logits, row * vocabulary, vocabulary);
          input[row] = new int[] {added[row][step]};
          totals[row]++;
          last[row] = new long[1];
        }
      }
    }
    return added;
  }

  @Override
  public List<LayerCache> caches(int[] tokens) throws IOException {
    try (Run run = new Run(1, tokens.length)) {
      float[] unused =
          run.step(
              new int[][] {tokens},
              new int[] {tokens.length},
              new long[][] {new long[] {tokens.length - 1}});
      assert unused.length > 0;
      List<LayerCache> caches = new ArrayList<>();
      for (int i = 0; i + 1 < slots.layers().size(); i += 2) {
        caches.add(new LayerCache(run.cache(i).floats(), run.cache(i + 1).floats()));
      }
      return caches;
    }
  }

  @Override
  public void close() {
    graph.close();
  }

  /** Rows that are run together from their first token on. */
  private final class Run implements AutoCloseable {
    private final int rows;
    private final Map<String, Tensor> pasts = new HashMap<>();
    private final Map<String, Tensor> presents = new HashMap<>();

    Run(int rows, int capacity) throws IOException {
      this.rows = rows;
      boolean made = false;
      try {
        for (Cache cache : slots.layers()) {
          ByteBuffer memory = TensorMemory.zeros(cache.bytes(rows, capacity));
          long[] shape = {rows, cache.heads(), capacity, cache.width()};
          Tensor tensor = graph.tensor(cache.past().element(), memory, shape);
          pasts.put(cache.past().name(), tensor);
          presents.put(cache.present(), tensor);
        }
        made = true;
      } finally {
        if (!made) {
          close();
        }
      }
    }

    Tensor cache(int index) {
      return presents.get(slots.layers().get(index).present());
    }

    /**
     * Runs tokens over what is cached.
     *
     * @param input the tokens of each row; several of different number only when nothing is cached
     * @param totals tokens of each row afterwards
     * @param positions whose logits are wanted, the same number for each row
     * @return rows × positions × vocabulary
     */
    float[] step(int[][] input, int[] totals, long[][] positions) throws IOException {
      int width = Arrays.stream(input).mapToInt(tokens -> tokens.length).max().orElseThrow();
      long[] ids = new long[rows * width];
      int[] seqlens = new int[rows];
      for (int row = 0; row < rows; row++) {
        for (int i = 0; i < input[row].length; i++) {
          ids[row * width + i] = input[row][i];
        }
        seqlens[row] = totals[row] - 1;
      }
      int total = Arrays.stream(totals).max().orElseThrow();
      long[] wanted = Arrays.stream(positions).flatMapToLong(Arrays::stream).toArray();
      Map<String, Tensor> own = new HashMap<>();
      try {
        own.put("input_ids", graph.tensor(Element.INT64, TensorMemory.longs(ids), rows, width));
        own.put("seqlens_k", graph.tensor(Element.INT32, TensorMemory.ints(seqlens), rows));
        own.put("total_sequence_length", graph.tensor(Element.INT32, TensorMemory.ints(total)));
        own.put(
            "logits_positions",
            graph.tensor(Element.INT64, TensorMemory.longs(wanted), rows, positions[0].length));
        Map<String, Tensor> inputs = new HashMap<>(pasts);
        inputs.putAll(own);
        try (Outputs outputs = graph.run(inputs, List.of("logits"), presents)) {
          return outputs.get("logits").floats();
        }
      } finally {
        own.values().forEach(Tensor::close);
      }
    }

    @Override
    public void close() {
      presents.values().forEach(Tensor::close);
    }
  }
}
