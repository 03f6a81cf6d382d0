package org.openautoglm.operators.conversion.testing;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * One row alone through a bare session, with Java arrays in and out: the answer to compare with.
 */
public final class PlainModel implements AutoCloseable {
  private final OrtEnvironment environment;
  private final OrtSession session;

  public PlainModel(Path graph) throws OrtException {
    this.environment = BareRuntime.environment();
    this.session = environment.createSession(graph.toString());
  }

  /** The vector of the first token, or the mean of all, scaled to length 1. */
  public double[] embedding(long[] tokens, boolean first) throws OrtException {
    try (Batch batch = new Batch(tokens);
        OrtSession.Result result = session.run(batch.inputs)) {
      float[][] vectors = ((float[][][]) result.get(0).getValue())[0];
      double[] sum = new double[vectors[0].length];
      for (int token = 0; token < (first ? 1 : vectors.length); token++) {
        for (int i = 0; i < sum.length; i++) {
          sum[i] += vectors[token][i];
        }
      }
      double length = Math.sqrt(Arrays.stream(sum).map(x -> x * x).sum());
      return Arrays.stream(sum).map(x -> x / length).toArray();
    }
  }

  /** The exponentials of the scores. */
  public double[] exponentials(long[] tokens) throws OrtException {
    try (Batch batch = new Batch(tokens);
        OrtSession.Result result = session.run(batch.inputs)) {
      float[] scores = ((float[][]) result.get(0).getValue())[0];
      double[] exponentials = new double[scores.length];
      for (int i = 0; i < scores.length; i++) {
        exponentials[i] = Math.exp(scores[i]);
      }
      return exponentials;
    }
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }

  private final class Batch implements AutoCloseable {
    private final Map<String, OnnxTensor> inputs = new HashMap<>();

    private Batch(long[] tokens) throws OrtException {
      long[] ones = new long[tokens.length];
      Arrays.fill(ones, 1);
      Map<String, long[]> rows =
          Map.of(
              "input_ids", tokens, "attention_mask", ones, "token_type_ids", new long[ones.length]);
      for (String name : session.getInputNames()) {
        inputs.put(name, OnnxTensor.createTensor(environment, new long[][] {rows.get(name)}));
      }
    }

    @Override
    public void close() {
      inputs.values().forEach(OnnxTensor::close);
    }
  }
}
