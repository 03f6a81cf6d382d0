package org.openautoglm.operators.conversion.testing;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Any graph through a bare session of one thread, for tests of graphs. */
public final class GraphRun implements AutoCloseable {
  private final OrtEnvironment environment;
  private final OrtSession session;
  private final Map<String, OnnxTensor> inputs = new HashMap<>();

  public GraphRun(Path graph) throws OrtException {
    this.environment = BareRuntime.environment();
    try (SessionOptions options = new SessionOptions()) {
      options.setIntraOpNumThreads(1);
      this.session = environment.createSession(graph.toString(), options);
    }
  }

  public OrtSession session() {
    return session;
  }

  /** Sets an input for all runs that follow. */
  public GraphRun with(String name, float[] values, long... shape) throws OrtException {
    return with(name, OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), shape));
  }

  /** Sets an input for all runs that follow. */
  public GraphRun with(String name, long[] values, long... shape) throws OrtException {
    return with(name, OnnxTensor.createTensor(environment, LongBuffer.wrap(values), shape));
  }

  /** Sets an input for all runs that follow. */
  public GraphRun with(String name, int[] values, long... shape) throws OrtException {
    return with(name, OnnxTensor.createTensor(environment, IntBuffer.wrap(values), shape));
  }

  /** Sets an input for all runs that follow. */
  public GraphRun with(String name, byte[] values, long... shape) throws OrtException {
    return with(
        name,
        OnnxTensor.createTensor(environment, ByteBuffer.wrap(values), shape, OnnxJavaType.UINT8));
  }

  private GraphRun with(String name, OnnxTensor tensor) {
    OnnxTensor before = inputs.put(name, tensor);
    if (before != null) {
      before.close();
    }
    return this;
  }

  /** Runs the graph, and gives all numbers of one output. */
  public float[] floats(String output) throws OrtException {
    try (OrtSession.Result result = session.run(inputs)) {
      FloatBuffer values = ((OnnxTensor) result.get(output).orElseThrow()).getFloatBuffer();
      float[] all = new float[values.remaining()];
      values.get(all);
      return all;
    }
  }

  @Override
  public void close() throws OrtException {
    inputs.values().forEach(OnnxTensor::close);
    session.close();
  }
}
