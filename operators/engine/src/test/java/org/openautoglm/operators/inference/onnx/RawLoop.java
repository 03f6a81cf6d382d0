package org.openautoglm.operators.inference.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.onnx.runtime.RuntimeEnvironment;

/** The least code that embeds a batch with ONNX Runtime at its best settings: nothing shared. */
final class RawLoop implements AutoCloseable {
  private static final int TOKENS_MAX = 1 << 14;

  private final OrtEnvironment environment;
  private final OrtSession session;
  private final ThreadLocal<LongBuffer[]> buffers =
      ThreadLocal.withInitial(() -> new LongBuffer[] {buffer(), buffer(), buffer()});

  RawLoop(Path graph) throws OrtException, ModelLoadException {
    this.environment = RuntimeEnvironment.get();
    try (SessionOptions options = new SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      this.session = environment.createSession(graph.toString(), options);
    }
  }

  /** Embeds a batch: CLS pooling, scaled to length 1. */
  float[][] run(List<int[]> rows) throws OrtException {
    int width = rows.stream().mapToInt(row -> row.length).max().orElseThrow();
    LongBuffer[] inputs = buffers.get();
    for (LongBuffer input : inputs) {
      input.clear();
    }
    for (int[] row : rows) {
      for (int i = 0; i < width; i++) {
        inputs[0].put(i < row.length ? row[i] : 0);
        inputs[1].put(i < row.length ? 1 : 0);
        inputs[2].put(0);
      }
    }
    long[] shape = {rows.size(), width};
    try (OnnxTensor tokens = OnnxTensor.createTensor(environment, inputs[0].flip(), shape);
        OnnxTensor mask = OnnxTensor.createTensor(environment, inputs[1].flip(), shape);
        OnnxTensor types = OnnxTensor.createTensor(environment, inputs[2].flip(), shape);
        OrtSession.Result result =
            session.run(
                Map.of("input_ids", tokens, "attention_mask", mask, "token_type_ids", types))) {
      FloatBuffer values = ((OnnxTensor) result.get(0)).getFloatBuffer();
      int hidden = values.capacity() / rows.size() / width;
      float[][] embeddings = new float[rows.size()][hidden];
      for (int row = 0; row < embeddings.length; row++) {
        values.get(row * width * hidden, embeddings[row]);
        normalize(embeddings[row]);
      }
      return embeddings;
    }
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }

  private static void normalize(float[] vector) {
    double squares = 0;
    for (float x : vector) {
      squares += x * x;
    }
    double length = Math.sqrt(squares);
    for (int i = 0; i < vector.length; i++) {
      vector[i] /= (float) length;
    }
  }

  private static LongBuffer buffer() {
    return ByteBuffer.allocateDirect(TOKENS_MAX * Long.BYTES)
        .order(ByteOrder.nativeOrder())
        .asLongBuffer();
  }
}
