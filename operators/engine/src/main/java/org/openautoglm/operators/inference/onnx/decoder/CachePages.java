package org.openautoglm.operators.inference.onnx.decoder;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.openautoglm.operators.inference.generation.CachePlan;

/**
 * Two pages of memory, each with room for a rectangle of every cache: a run reads past from one and
 * writes present to the other. Belongs to one thread.
 */
final class CachePages implements AutoCloseable {
  private final DecoderGraph graph;
  private final CachePlan plan;
  private final long cacheBytes;
  private final List<OnnxTensor> tensors = new ArrayList<>();
  private NativeMemory past;
  private NativeMemory present;

  CachePages(DecoderGraph graph, CachePlan plan) {
    this.graph = graph;
    this.plan = plan;
    CacheShape cache = graph.signature().cache();
    this.cacheBytes = cache.bytes(plan.slots(), plan.capacityTokens());
    long page = cacheBytes * 2 * graph.signature().layers().size();
    this.past = new NativeMemory(page);
    this.present = new NativeMemory(page);
  }

  /** The page that the next run reads. */
  NativeMemory past() {
    return past;
  }

  /** Where a cache begins in a page. */
  long start(int cache) {
    return cache * cacheBytes;
  }

  /** Zeros, because even masked numbers must be finite. */
  void clearRectangle(int rows, int tokens) {
    CacheShape cache = graph.signature().cache();
    for (int i = 0; i < 2 * graph.signature().layers().size(); i++) {
      past.clear(start(i), cache.bytes(rows, tokens));
    }
  }

  /** Makes the caches' inputs and outputs of a run. */
  void lay(
      Map<String, OnnxTensor> inputs,
      Map<String, OnnxTensor> outputs,
      int rows,
      int pastTokens,
      int presentTokens)
      throws OrtException {
    if (presentTokens > plan.capacityTokens()) {
      throw new IllegalStateException("no room for " + presentTokens + " tokens");
    }
    freeTensors();
    int cache = 0;
    for (CacheLayer layer : graph.signature().layers()) {
      for (CacheLayer.Link link : layer.links()) {
        inputs.put(link.past(), tensor(past, cache, rows, pastTokens));
        outputs.put(link.present(), tensor(present, cache, rows, presentTokens));
        cache++;
      }
    }
  }

  private OnnxTensor tensor(NativeMemory page, int cache, int rows, int tokens)
      throws OrtException {
    CacheShape shape = graph.signature().cache();
    OnnxTensor tensor =
        page.tensor(graph.environment(), start(cache), shape.type(), shape.axes(rows, tokens));
    tensors.add(tensor);
    return tensor;
  }

  /** What a run wrote is what the next one reads. */
  void turn() {
    NativeMemory written = present;
    present = past;
    past = written;
  }

  private void freeTensors() {
    tensors.forEach(OnnxTensor::close);
    tensors.clear();
  }

  @Override
  public void close() {
    freeTensors();
    past.close();
    present.close();
  }
}
