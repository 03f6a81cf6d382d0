package org.openautoglm.operators.conversion.check;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.openautoglm.operators.conversion.check.CacheSlots.Cache;
import org.openautoglm.operators.conversion.check.LoadedGraph.Element;
import org.openautoglm.operators.conversion.check.LoadedGraph.Outputs;
import org.openautoglm.operators.conversion.check.LoadedGraph.Slot;
import org.openautoglm.operators.conversion.check.LoadedGraph.Tensor;

/**
 * Runs a decoder as exporters write it: {@code attention_mask}, often {@code position_ids}, and
 * caches that grow by what each run adds. Rows that run together must be of one length.
 */
public final class ExportedDecoder implements CausalModel {
  private static final Set<String> ROW_INPUTS =
      Set.of("input_ids", "attention_mask", "position_ids");

  private final LoadedGraph graph;
  private final CacheSlots slots;

  /**
   * @param graph owned by this object from now on
   */
  public ExportedDecoder(LoadedGraph graph) {
    this.graph = graph;
    this.slots = CacheSlots.of(graph);
  }

  /** What the graph takes or lacks, so that it cannot be run here; empty where it can. */
  public static Optional<String> obstacle(LoadedGraph graph) {
    List<String> pasts =
        CacheSlots.of(graph).layers().stream().map(cache -> cache.past().name()).toList();
    for (Slot input : graph.inputs()) {
      if (!pasts.contains(input.name())
          && !(ROW_INPUTS.contains(input.name()) && input.element() == Element.INT64)) {
        return Optional.of("it takes the input " + input);
      }
    }
    return LoadedGraph.find(graph.outputs(), "logits").isPresent()
        ? Optional.empty()
        : Optional.of("it has no output named logits");
  }

  @Override
  public float[] score(int[] tokens) throws IOException {
    try (Run run = new Run(1)) {
      return run.step(new int[][] {tokens});
    }
  }

  @Override
  public int[][] greedy(List<int[]> prompts, int tokens, LogitWatcher watcher) throws IOException {
    int rows = prompts.size();
    int length = prompts.get(0).length;
    if (slots.layers().isEmpty()) {
      throw new IOException("the graph has no caches, so it continues nothing");
    }
    if (prompts.stream().anyMatch(prompt -> prompt.length != length)) {
      throw new IllegalArgumentException("rows that run together must be of one length");
    }
    int[][] added = new int[rows][tokens];
    int[][] input = prompts.toArray(int[][]::new);
    try (Run run = new Run(rows)) {
      for (int step = 0; step < tokens; step++) {
        float[] logits = run.step(input);
        int width = input[0].length;
        int vocabulary = logits.length / rows / width;
        input = new int[rows][1];
        for (int row = 0; row < rows; row++) {
          int offset = (row * width + width - 1) * vocabulary;
          watcher.see(row, step, logits, offset, vocabulary);
          added[row][step] = CausalModel.largest(logits, offset, vocabulary);
          input[row][0] = added[row][step];
        }
      }
    }
    return added;
  }

  @Override
  public List<LayerCache> caches(int[] tokens) throws IOException {
    try (Run run = new Run(1)) {
      float[] unused = run.step(new int[][] {tokens});
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
    private final Map<String, Tensor> empty = new HashMap<>();
    private Optional<Outputs> before = Optional.empty();
    private int cached;

    Run(int rows) {
      this.rows = rows;
    }

    Tensor cache(int index) {
      return before.orElseThrow().get(slots.layers().get(index).present());
    }

    /**
     * Runs tokens over what is cached.
     *
     * @param input the tokens of each row, the same number for each
     * @return rows × tokens × vocabulary
     */
    float[] step(int[][] input) throws IOException {
      int width = input[0].length;
      int total = cached + width;
      long[] ids = new long[rows * width];
      long[] positions = new long[rows * width];
      long[] mask = new long[rows * total];
      Arrays.fill(mask, 1);
      for (int row = 0; row < rows; row++) {
        for (int i = 0; i < width; i++) {
          ids[row * width + i] = input[row][i];
          positions[row * width + i] = (long) cached + i;
        }
      }
      Map<String, Tensor> own = new HashMap<>();
      try {
        put(own, "input_ids", ids, width);
        put(own, "position_ids", positions, width);
        put(own, "attention_mask", mask, total);
        Map<String, Tensor> inputs = new HashMap<>(own);
        for (Cache cache : slots.layers()) {
          inputs.put(cache.past().name(), past(cache));
        }
        List<String> wanted = new ArrayList<>(slots.presents());
        wanted.add("logits");
        Outputs outputs = graph.run(inputs, wanted, Map.of());
        before.ifPresent(Outputs::close);
        before = Optional.of(outputs);
        cached = total;
        return outputs.get("logits").floats();
      } finally {
        own.values().forEach(Tensor::close);
      }
    }

    private void put(Map<String, Tensor> inputs, String name, long[] values, int width)
        throws IOException {
      if (LoadedGraph.find(graph.inputs(), name).isPresent()) {
        inputs.put(name, graph.tensor(Element.INT64, TensorMemory.longs(values), rows, width));
      }
    }

    private Tensor past(Cache cache) throws IOException {
      if (before.isPresent()) {
        return before.get().get(cache.present());
      }
      Tensor nothing = empty.get(cache.present());
      if (nothing == null) {
        nothing =
            graph.tensor(
                cache.past().element(),
                TensorMemory.zeros(0),
                rows,
                cache.heads(),
                0,
                cache.width());
        empty.put(cache.present(), nothing);
      }
      return nothing;
    }

    @Override
    public void close() {
      before.ifPresent(Outputs::close);
      empty.values().forEach(Tensor::close);
    }
  }
}
