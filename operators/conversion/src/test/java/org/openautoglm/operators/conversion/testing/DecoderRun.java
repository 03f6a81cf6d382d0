package org.openautoglm.operators.conversion.testing;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The canonical decoder graph through a bare session of one thread: rows of different length are
 * prefilled together, then decoded token by token. Past and present share one buffer, which is full
 * of NaN beforehand, so that whatever reads beyond a row's tokens shows.
 */
public final class DecoderRun implements AutoCloseable {
  private final OrtEnvironment environment;
  private final OrtSession session;
  private final Map<String, OnnxTensor> past = new HashMap<>();
  private final Map<String, OnnxTensor> present = new HashMap<>();
  private final int[] lengths;

  /**
   * @param rows how many texts run together
   * @param capacity how many tokens each may come to
   */
  public DecoderRun(Path graph, int rows, int capacity) throws OrtException {
    this.environment = BareRuntime.environment();
    try (SessionOptions options = new SessionOptions()) {
      options.setIntraOpNumThreads(1);
      this.session = environment.createSession(graph.toString(), options);
    }
    this.lengths = new int[rows];
    for (String name : session.getInputNames()) {
      if (name.startsWith("past_key_values.")) {
        TensorInfo info = (TensorInfo) session.getInputInfo().get(name).getInfo();
        OnnxTensor buffer = buffer(info, rows, capacity);
        past.put(name, buffer);
        present.put(name.replace("past_key_values.", "present."), buffer);
      }
    }
  }

  private OnnxTensor buffer(TensorInfo info, int rows, int capacity) throws OrtException {
    long[] shape = info.getShape();
    shape[0] = rows;
    shape[2] = capacity;
    int elements = (int) (rows * shape[1] * capacity * shape[3]);
    int bytes = info.type == OnnxJavaType.FLOAT16 ? 2 : 4;
    ByteBuffer data = ByteBuffer.allocateDirect(elements * bytes).order(ByteOrder.nativeOrder());
    while (data.hasRemaining()) {
      data.put((byte) 0xff);
    }
    return OnnxTensor.createTensor(environment, data.flip(), shape, info.type);
  }

  public OrtSession session() {
    return session;
  }

  /**
   * The scores after every token of every row; those of padding are meaningless.
   *
   * @return [row][position][vocabulary]
   */
  public float[][][] prefill(int[][] rows) throws OrtException {
    int sequence = Arrays.stream(rows).mapToInt(row -> row.length).max().orElseThrow();
    long[] tokens = new long[rows.length * sequence];
    long[] answered = new long[rows.length * sequence];
    for (int row = 0; row < rows.length; row++) {
      lengths[row] = rows[row].length;
      for (int i = 0; i < sequence; i++) {
        tokens[row * sequence + i] = i < rows[row].length ? rows[row][i] : 0;
        answered[row * sequence + i] = i;
      }
    }
    return run(tokens, sequence, answered);
  }

  /**
   * One token more of every row, and the scores after it.
   *
   * @return [row][vocabulary]
   */
  public float[][] step(int[] tokens) throws OrtException {
    for (int row = 0; row < lengths.length; row++) {
      lengths[row]++;
    }
    float[][][] scores =
        run(Arrays.stream(tokens).asLongStream().toArray(), 1, new long[lengths.length]);
    return Arrays.stream(scores).map(row -> row[0]).toArray(float[][]::new);
  }

  /** The likeliest tokens, one after the other, of one prompt. */
  public List<Integer> greedy(int[] prompt, int count) throws OrtException {
    float[][][] scores = prefill(new int[][] {prompt});
    int next = best(scores[0][prompt.length - 1]);
    List<Integer> all = new ArrayList<>();
    while (all.size() < count) {
      all.add(next);
      next = best(step(new int[] {next})[0]);
    }
    return all;
  }

  /** The token of the highest score. */
  public static int best(float[] scores) {
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      best = scores[i] > scores[best] ? i : best;
    }
    return best;
  }

  private float[][][] run(long[] tokens, int sequence, long[] answered) throws OrtException {
    int rows = lengths.length;
    int[] last = Arrays.stream(lengths).map(length -> length - 1).toArray();
    int total = Arrays.stream(lengths).max().orElseThrow();
    int n = answered.length / rows;
    try (OnnxTensor ids =
            OnnxTensor.createTensor(
                environment, LongBuffer.wrap(tokens), new long[] {rows, sequence});
        OnnxTensor lastPositions =
            OnnxTensor.createTensor(environment, IntBuffer.wrap(last), new long[] {rows});
        OnnxTensor totalLength =
            OnnxTensor.createTensor(environment, IntBuffer.wrap(new int[] {total}), new long[] {});
        OnnxTensor positions =
            OnnxTensor.createTensor(environment, LongBuffer.wrap(answered), new long[] {rows, n})) {
      Map<String, OnnxTensor> inputs = new HashMap<>(past);
      inputs.put("input_ids", ids);
      inputs.put("seqlens_k", lastPositions);
      inputs.put("total_sequence_length", totalLength);
      inputs.put("logits_positions", positions);
      try (OrtSession.Result result = session.run(inputs, Set.of("logits"), present, null)) {
        FloatBuffer scores = ((OnnxTensor) result.get("logits").orElseThrow()).getFloatBuffer();
        float[][][] all = new float[rows][n][scores.remaining() / rows / n];
        for (float[][] row : all) {
          for (float[] position : row) {
            scores.get(position);
          }
        }
        return all;
      }
    }
  }

  @Override
  public void close() throws OrtException {
    past.values().forEach(OnnxTensor::close);
    session.close();
  }
}
