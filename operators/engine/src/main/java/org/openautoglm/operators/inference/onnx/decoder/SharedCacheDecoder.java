package org.openautoglm.operators.inference.onnx.decoder;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openautoglm.operators.inference.generation.CachePlan;
import org.openautoglm.operators.inference.generation.Decoder;
import org.openautoglm.operators.inference.generation.PromptChunk;
import org.openautoglm.operators.inference.onnx.decoder.DecoderSignature.Content;

/**
 * A decoder whose graph reads and writes caches in place: attention over one buffer that is both
 * past and present. Each cache of each layer is one slab, slots × heads × capacity × width, taken
 * once; a run gets the part of it that spans its slots, so nothing is ever copied or gathered.
 *
 * <p>A step runs over all slots from its lowest to its highest. One that takes no part is fed a
 * token whose keys land behind what it holds, where the next token would overwrite them.
 */
final class SharedCacheDecoder implements Decoder {
  /** Attention's scores take heads × tokens × capacity; longer prompts are read in parts. */
  private static final int RUN_TOKENS_MAX = 512;

  /** Where a graph gives logits for every token, they take no more than this. */
  private static final long LOGITS_BYTES_MAX = 64L << 20;

  private static final int VIEWS_MAX = 64;
  private static final int[] IDLE = {0};

  private final DecoderGraph graph;
  private final CachePlan plan;
  private final int prefillRowsMax;
  private final int runTokensMax;
  private final int[] lengths;
  private final NativeMemory slabs;
  private final long slotBytes;
  private final Map<String, OnnxTensor> feeds = new HashMap<>();
  private final RunInputs inputs;
  private final LogitsRows logits;
  private final Termination termination = new Termination();
  private final Map<Long, View> views =
      new LinkedHashMap<>(VIEWS_MAX, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, View> eldest) {
          if (size() > VIEWS_MAX) {
            eldest.getValue().close();
            return true;
          }
          return false;
        }
      };

  /**
   * @param plan one slab of it is taken for each cache
   * @param prefillRowsMax prompts that are read together, where their slots adjoin
   * @param tokensMax the most tokens read at once; 1 for a graph that is right only then
   */
  SharedCacheDecoder(DecoderGraph graph, CachePlan plan, int prefillRowsMax, int tokensMax) {
    this.graph = graph;
    this.plan = plan;
    this.prefillRowsMax = prefillRowsMax;
    this.lengths = new int[plan.slots()];
    this.slotBytes = graph.signature().cache().bytes(1, plan.capacityTokens());
    long logitsMax =
        graph.signature().takes(Content.WANTED)
            ? RUN_TOKENS_MAX
            : Math.max(1, LOGITS_BYTES_MAX / graph.logitsBytes(1));
    this.runTokensMax = (int) Math.min(Math.min(RUN_TOKENS_MAX, tokensMax), logitsMax);
    this.slabs = new NativeMemory(plan.bytes());
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
    return prefillRowsMax;
  }

  @Override
  public boolean readsInChunks() {
    return true;
  }

  @Override
  public FloatBuffer prefill(List<PromptChunk> chunks) throws OrtException {
    for (int first = 0; first < chunks.size(); ) {
      int after = endOfGroup(chunks, first);
      if (after - first == 1) {
        readAlone(chunks.get(first), first);
      } else {
        run(chunks.get(first).slot(), RunRows.of(chunks.subList(first, after)), first);
      }
      first = after;
    }
    for (PromptChunk chunk : chunks) {
      lengths[chunk.slot()] = chunk.end();
    }
    return logits.read(chunks.size());
  }

  /** Whole prompts for adjoining slots that fit into one run. */
  private int endOfGroup(List<PromptChunk> chunks, int first) {
    int after = first + 1;
    int width = chunks.get(first).length();
    while (after < chunks.size()
        && chunks.get(after).slot() == chunks.get(after - 1).slot() + 1
        && chunks.get(after).start() == 0
        && chunks.get(first).start() == 0) {
      width = Math.max(width, chunks.get(after).length());
      if (width * (after + 1 - first) > runTokensMax) {
        break;
      }
      after++;
    }
    return after;
  }

  private void readAlone(PromptChunk chunk, int resultRow) throws OrtException {
    for (int start = chunk.start(); start < chunk.end(); start += runTokensMax) {
      int end = Math.min(chunk.end(), start + runTokensMax);
      PromptChunk part = new PromptChunk(chunk.slot(), chunk.tokens(), start, end);
      run(chunk.slot(), RunRows.of(List.of(part)), resultRow);
    }
  }

  @Override
  public FloatBuffer step(int rows, int[] slots, int[] tokens) throws OrtException {
    int base = slots[0];
    int count = slots[rows - 1] - base + 1;
    int[] past = new int[count];
    int[] fresh = new int[count];
    int[][] sources = new int[count][];
    int[] from = new int[count];
    for (int i = 0; i < count; i++) {
      past[i] = Math.min(lengths[base + i], plan.capacityTokens() - 1);
      fresh[i] = 1;
      sources[i] = IDLE;
    }
    for (int i = 0; i < rows; i++) {
      sources[slots[i] - base] = tokens;
      from[slots[i] - base] = i;
      if (lengths[slots[i]] == plan.capacityTokens()) {
        throw new IllegalStateException("slot " + slots[i] + " is full");
      }
    }
    run(base, new RunRows(past, sources, from, fresh), 0);
    for (int i = 0; i < rows; i++) {
      logits.move(slots[i] - base, i);
      lengths[slots[i]]++;
    }
    return logits.read(rows);
  }

  private void run(int slot, RunRows rows, int resultRow) throws OrtException {
    View view = view(slot, rows.count());
    inputs.lay(rows);
    feeds.putAll(view.past);
    boolean oneLogitsEach = graph.signature().takes(Content.WANTED) || rows.width() == 1;
    try (OnnxTensor target =
        oneLogitsEach
            ? logits.place(resultRow, rows.count())
            : logits.placeOfAll(rows.count(), rows.width())) {
      view.present.put(graph.signature().logits(), target);
      graph.run(feeds, view.present, termination);
    }
    if (!oneLogitsEach) {
      for (int row = 0; row < rows.count(); row++) {
        logits.take((long) row * rows.width() + rows.fresh(row) - 1, resultRow + row);
      }
    }
  }

  private View view(int slot, int count) throws OrtException {
    long key = (long) slot << 32 | count;
    View view = views.get(key);
    if (view == null) {
      view = new View(slot, count);
      views.put(key, view);
    }
    return view;
  }

  /** The part of every slab that spans some slots. */
  private final class View implements AutoCloseable {
    private final List<OnnxTensor> tensors = new ArrayList<>();
    private final Map<String, OnnxTensor> past = new HashMap<>();
    private final Map<String, OnnxTensor> present = new HashMap<>();

    View(int slot, int count) throws OrtException {
      CacheShape cache = graph.signature().cache();
      long offset = slot * slotBytes;
      for (CacheLayer layer : graph.signature().layers()) {
        for (CacheLayer.Link link : layer.links()) {
          OnnxTensor tensor =
              slabs.tensor(
                  graph.environment(),
                  offset,
                  cache.type(),
                  cache.axes(count, plan.capacityTokens()));
          tensors.add(tensor);
          past.put(link.past(), tensor);
          present.put(link.present(), tensor);
          offset += slotBytes * plan.slots();
        }
      }
    }

    @Override
    public void close() {
      tensors.forEach(OnnxTensor::close);
    }
  }

  @Override
  public void release(int slot) {
    lengths[slot] = 0;
  }

  @Override
  public boolean move(int from, int to) {
    CacheShape cache = graph.signature().cache();
    long rowBytes = slotBytes / cache.heads();
    long used = (long) lengths[from] * cache.width() * cache.type().size;
    int caches = 2 * graph.signature().layers().size();
    for (int i = 0; i < caches; i++) {
      long slab = i * slotBytes * plan.slots();
      for (int head = 0; head < cache.heads(); head++) {
        slabs.copy(
            slab + from * slotBytes + head * rowBytes,
            slab + to * slotBytes + head * rowBytes,
            used);
      }
    }
    lengths[to] = lengths[from];
    lengths[from] = 0;
    return true;
  }

  @Override
  public void terminate() {
    termination.terminate();
  }

  @Override
  public void close() {
    views.values().forEach(View::close);
    views.clear();
    inputs.close();
    logits.close();
    slabs.close();
  }
}
