package org.openautoglm.operators.inference.onnx.decoder;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.openautoglm.operators.inference.onnx.decoder.DecoderSignature.Content;

/** What a graph does with its caches. */
enum DecoderForm {
  /** It writes into the past's own memory, which has room for more than the row. */
  SHARED,
  /** It gives caches that are longer by what was read. */
  GROWING,
  /** It has none. */
  UNCACHED;

  private static final int ROOM = 8;
  private static final int PAST = 2;

  /**
   * Finds out by trying where the inputs do not say: a cache with room to spare comes back as large
   * as it went in, or it comes back larger, or the run fails for its size.
   */
  static DecoderForm of(OrtEnvironment environment, OrtSession session, DecoderSignature signature)
      throws OrtException {
    if (signature.layers().isEmpty()) {
      return UNCACHED;
    }
    if (signature.takes(Content.LENGTHS)) {
      return SHARED;
    }
    RunRows row = new RunRows(new int[] {PAST}, new int[][] {{0}}, new int[1], new int[] {1});
    String present = signature.layers().get(0).presentKey();
    try (FirstRun run = new FirstRun(environment, session, signature, row, ROOM)) {
      long[] shape = run.shape(present);
      return shape[signature.cache().tokenAxis()] == ROOM ? SHARED : GROWING;
    } catch (OrtException e) {
      return GROWING;
    }
  }

  /** Width of a row of logits, seen from a run of one token. */
  int vocabulary(OrtEnvironment environment, OrtSession session, DecoderSignature signature)
      throws OrtException {
    RunRows row = new RunRows(new int[1], new int[][] {{0}}, new int[1], new int[] {1});
    int room = this == SHARED ? ROOM : 0;
    try (FirstRun run = new FirstRun(environment, session, signature, row, room)) {
      long[] shape = run.shape(signature.logits());
      return Math.toIntExact(shape[shape.length - 1]);
    }
  }

  /** A run of one row on caches of zeros, whose results come in memory of the runtime's. */
  private static final class FirstRun implements AutoCloseable {
    private final OrtSession session;
    private final Map<String, OnnxTensor> feeds = new HashMap<>();
    private final List<OnnxTensor> caches = new ArrayList<>();
    private final RunInputs inputs;
    private final NativeMemory memory;

    FirstRun(
        OrtEnvironment environment,
        OrtSession session,
        DecoderSignature signature,
        RunRows row,
        int cacheTokens)
        throws OrtException {
      this.session = session;
      this.inputs = new RunInputs(environment, signature, feeds);
      CacheShape cache = signature.cache();
      this.memory = new NativeMemory(cache.bytes(1, cacheTokens));
      memory.clear(0, memory.size());
      OnnxJavaType type = cache.type();
      inputs.lay(row);
      for (CacheLayer layer : signature.layers()) {
        for (CacheLayer.Link link : layer.links()) {
          OnnxTensor zeros = memory.tensor(environment, 0, type, cache.axes(1, cacheTokens));
          caches.add(zeros);
          feeds.put(link.past(), zeros);
        }
      }
    }

    long[] shape(String output) throws OrtException {
      try (OrtSession.Result result = session.run(feeds, Set.of(output))) {
        return ((OnnxTensor) result.get(0)).getInfo().getShape();
      }
    }

    @Override
    public void close() {
      inputs.close();
      caches.forEach(OnnxTensor::close);
      memory.close();
    }
  }
}
