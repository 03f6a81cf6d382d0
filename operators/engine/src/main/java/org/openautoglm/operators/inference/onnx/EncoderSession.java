package org.openautoglm.operators.inference.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.openautoglm.operators.inference.Cancellation;
import org.openautoglm.operators.inference.RefCount;
import org.openautoglm.operators.inference.onnx.GraphSignature.Input;
import org.openautoglm.operators.inference.onnx.runtime.Sessions;
import org.openautoglm.operators.inference.onnx.runtime.TerminableRun;

/**
 * A graph ready to run on one device. Thread-safe: batches run side by side on the threads that
 * bring them. Closing it while batches run lets them finish first; ONNX Runtime would end the
 * process.
 */
final class EncoderSession implements AutoCloseable {
  private final OrtEnvironment environment;
  private final OrtSession session;
  private final GraphSignature signature;
  private final int padding;
  private final Set<String> wanted;
  private final RefCount users;

  /**
   * @param session owned by this object from now on
   * @param padding the token that fills short rows up
   */
  EncoderSession(
      OrtEnvironment environment, OrtSession session, GraphSignature signature, int padding) {
    this.environment = environment;
    this.session = session;
    this.signature = signature;
    this.padding = padding;
    this.wanted = Set.of(signature.output());
    this.users = new RefCount(() -> Sessions.close(session));
  }

  /** What the graph gives for rows of tokens, run together. */
  RawOutput run(List<int[]> rows) throws OrtException {
    return run(rows, new Cancellation());
  }

  /** As {@link #run(List)}; ends with an exception soon after it was cancelled. */
  @SuppressWarnings("try") // The hook only has to be taken off at the end.
  RawOutput run(List<int[]> rows, Cancellation cancellation) throws OrtException {
    if (!users.tryRetain()) {
      throw new IllegalStateException("the session is closed");
    }
    Map<String, OnnxTensor> inputs = new HashMap<>();
    try {
      int width = width(rows);
      TokenBuffers buffers = TokenBuffers.ofThread();
      for (Input input : signature.inputs()) {
        inputs.put(input.name(), buffers.tensor(environment, input, rows, width, padding));
      }
      try (TerminableRun run = new TerminableRun();
          Cancellation.Hook hook = cancellation.onCancel(run::terminate);
          OrtSession.Result result = session.run(inputs, wanted, Map.of(), run.options())) {
        return read((OnnxTensor) result.get(0));
      }
    } finally {
      inputs.values().forEach(OnnxTensor::close);
      users.release();
    }
  }

  /** Whether the graph gives probabilities of classes. */
  boolean givesProbabilities() {
    return signature.output().equals(GraphSignature.PROBABILITIES);
  }

  /** Whether the graph gives a vector for each token, and not for each row. */
  boolean isPerToken() {
    return signature.perToken();
  }

  private RawOutput read(OnnxTensor tensor) {
    long[] shape = tensor.getInfo().getShape();
    int positions = signature.perToken() ? Math.toIntExact(shape[1]) : 1;
    int width = Math.toIntExact(shape[shape.length - 1]);
    return new RawOutput(values(tensor), positions, width);
  }

  /** A copy in one Java array; getValue() would make an array for every token. */
  private static float[] values(OnnxTensor tensor) {
    FloatBuffer buffer = tensor.getFloatBuffer();
    if (buffer.hasArray()) {
      return buffer.array();
    }
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }

  private static int width(List<int[]> rows) {
    int width = 0;
    for (int[] row : rows) {
      width = Math.max(width, row.length);
    }
    return width;
  }

  @Override
  public void close() {
    users.release();
  }
}
