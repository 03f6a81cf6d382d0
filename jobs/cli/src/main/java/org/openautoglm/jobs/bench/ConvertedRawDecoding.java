package org.openautoglm.jobs.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The loop over a converted graph at its best: caches that are past and present at once in buffers
 * of the caller's, prompts of different length read together without padding between them, logits
 * of one token a row written into a buffer that is used again.
 */
final class ConvertedRawDecoding implements RawDecoding, AutoCloseable {
  private static final String PAST = "past_key_values.";

  private final OrtEnvironment environment;
  private final OrtSession session;
  private final int rows;
  private final int capacity;
  private final Map<String, OnnxTensor> past = new HashMap<>();
  private final Map<String, OnnxTensor> outputs = new HashMap<>();
  private final FloatBuffer logits;
  private final int vocabulary;

  /**
   * @param rows the most rows of a batch; smaller ones are filled up
   * @param capacity the most tokens of a row
   */
  ConvertedRawDecoding(OrtEnvironment environment, OrtSession session, int rows, int capacity)
      throws OrtException {
    this.environment = environment;
    this.session = session;
    this.rows = rows;
    this.capacity = capacity;
    for (String name : session.getInputNames()) {
      if (name.startsWith(PAST)) {
        long[] shape = ((TensorInfo) session.getInputInfo().get(name).getInfo()).getShape();
        shape[0] = rows;
        shape[2] = capacity;
        FloatBuffer cache = floats(Math.toIntExact(rows * shape[1] * capacity * shape[3]));
        OnnxTensor tensor = OnnxTensor.createTensor(environment, cache, shape);
        past.put(name, tensor);
        outputs.put("present." + name.substring(PAST.length()), tensor);
      }
    }
    long[] shape = ((TensorInfo) session.getOutputInfo().get("logits").getInfo()).getShape();
    this.vocabulary = Math.toIntExact(shape[2]);
    this.logits = floats(rows * vocabulary);
    outputs.put(
        "logits", OnnxTensor.createTensor(environment, logits, new long[] {rows, 1, vocabulary}));
  }

  @Override
  public int[][] generate(List<int[]> prompts, int tokens) throws OrtException {
    int width = prompts.stream().mapToInt(prompt -> prompt.length).max().orElseThrow();
    if (prompts.size() > rows || width + tokens > capacity) {
      throw new IllegalArgumentException(prompts.size() + " rows of " + (width + tokens));
    }
    int[][] added = new int[prompts.size()][tokens];
    int[] lengths = new int[rows];
    long[] input = new long[rows * width];
    for (int row = 0; row < rows; row++) {
      int[] prompt = prompts.get(Math.min(row, prompts.size() - 1));
      lengths[row] = prompt.length;
      for (int i = 0; i < prompt.length; i++) {
        input[row * width + i] = prompt[i];
      }
    }
    for (int step = 0; step < tokens; step++) {
      run(input, lengths, step == 0);
      input = new long[rows];
      for (int row = 0; row < rows; row++) {
        input[row] = RawDecoding.best(logits, row * vocabulary, vocabulary);
        lengths[row]++;
        if (row < added.length) {
          added[row][step] = (int) input[row];
        }
      }
    }
    return added;
  }

  private void run(long[] input, int[] lengths, boolean isFirst) throws OrtException {
    IntBuffer last = ints(rows);
    LongBuffer wanted = longs(rows);
    int longest = 0;
    for (int length : lengths) {
      last.put(length - 1);
      wanted.put(isFirst ? length - 1 : 0);
      longest = Math.max(longest, length);
    }
    LongBuffer ids = longs(input.length).put(input).flip();
    try (OnnxTensor tokens =
            OnnxTensor.createTensor(environment, ids, new long[] {rows, input.length / rows});
        OnnxTensor lastPositions =
            OnnxTensor.createTensor(environment, last.flip(), new long[] {rows});
        OnnxTensor total =
            OnnxTensor.createTensor(environment, ints(1).put(0, longest), new long[] {});
        OnnxTensor answered =
            OnnxTensor.createTensor(environment, wanted.flip(), new long[] {rows, 1})) {
      Map<String, OnnxTensor> inputs = new HashMap<>(past);
      inputs.put("input_ids", tokens);
      inputs.put("seqlens_k", lastPositions);
      inputs.put("total_sequence_length", total);
      inputs.put("logits_positions", answered);
      session.run(inputs, Set.of(), outputs, null).close();
    }
  }

  private static ByteBuffer bytes(int count) {
    return ByteBuffer.allocateDirect(count).order(ByteOrder.nativeOrder());
  }

  private static FloatBuffer floats(int count) {
    return bytes(Math.multiplyExact(count, Float.BYTES)).asFloatBuffer();
  }

  private static IntBuffer ints(int count) {
    return bytes(count * Integer.BYTES).asIntBuffer();
  }

  private static LongBuffer longs(int count) {
    return bytes(count * Long.BYTES).asLongBuffer();
  }

  @Override
  public void close() {
    past.values().forEach(OnnxTensor::close);
    outputs.get("logits").close();
  }
}
