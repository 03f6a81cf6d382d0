package org.openautoglm.jobs.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The loop over a graph as exporters write it: caches that grow by concatenation, prompts filled up
 * on the left. A step is fed the tensors that the step before gave, which is the fastest that such
 * graphs allow.
 */
final class ExportedRawDecoding implements RawDecoding {
  private static final String PAST = "past_key_values.";
  private static final String PRESENT = "present.";

  private final OrtEnvironment environment;
  private final OrtSession session;

  ExportedRawDecoding(OrtEnvironment environment, OrtSession session) {
    this.environment = environment;
    this.session = session;
  }

  @Override
  public int[][] generate(List<int[]> prompts, int tokens) throws OrtException {
    int rows = prompts.size();
    int width = prompts.stream().mapToInt(prompt -> prompt.length).max().orElseThrow();
    int[][] added = new int[rows][tokens];
    int[][] input = new int[rows][width];
    for (int row = 0; row < rows; row++) {
      int[] prompt = prompts.get(row);
      System.arraycopy(prompt, 0, input[row], width - prompt.length, prompt.length);
    }
    Map<String, OnnxTensor> caches = none(rows);
    OrtSession.Result held = null;
    try {
      for (int step = 0; step < tokens; step++) {
        OrtSession.Result result = run(prompts, input, width + step, caches);
        close(held, caches);
        held = result;
        caches = caches(result);
        OnnxTensor logits = (OnnxTensor) result.get("logits").orElseThrow();
        long[] shape = logits.getInfo().getShape();
        int vocabulary = (int) shape[2];
        FloatBuffer scores = logits.getFloatBuffer();
        input = new int[rows][1];
        for (int row = 0; row < rows; row++) {
          int last = (int) ((row + 1) * shape[1] - 1) * vocabulary;
          added[row][step] = RawDecoding.best(scores, last, vocabulary);
          input[row][0] = added[row][step];
        }
      }
      return added;
    } finally {
      close(held, caches);
    }
  }

  /** The first caches are the caller's, later ones belong to the run that gave them. */
  private static void close(OrtSession.Result held, Map<String, OnnxTensor> caches) {
    if (held == null) {
      caches.values().forEach(OnnxTensor::close);
    } else {
      held.close();
    }
  }

  private OrtSession.Result run(
      List<int[]> prompts, int[][] input, int total, Map<String, OnnxTensor> caches)
      throws OrtException {
    int rows = input.length;
    int fresh = input[0].length;
    LongBuffer ids = longs(rows * fresh);
    LongBuffer mask = longs(rows * total);
    LongBuffer positions = longs(rows * fresh);
    int width = prompts.stream().mapToInt(prompt -> prompt.length).max().orElseThrow();
    for (int row = 0; row < rows; row++) {
      int filling = width - prompts.get(row).length;
      for (int i = 0; i < fresh; i++) {
        ids.put(input[row][i]);
        positions.put(Math.max(0, total - fresh + i - filling));
      }
      for (int i = 0; i < total; i++) {
        mask.put(i < filling ? 0 : 1);
      }
    }
    Map<String, OnnxTensor> inputs = new HashMap<>(caches);
    List<OnnxTensor> made = new ArrayList<>();
    try {
      made.add(tensor(inputs, "input_ids", ids, rows, fresh));
      made.add(tensor(inputs, "attention_mask", mask, rows, total));
      if (session.getInputNames().contains("position_ids")) {
        made.add(tensor(inputs, "position_ids", positions, rows, fresh));
      }
      return session.run(inputs);
    } finally {
      made.forEach(OnnxTensor::close);
    }
  }

  private OnnxTensor tensor(
      Map<String, OnnxTensor> inputs, String name, LongBuffer values, long rows, long columns)
      throws OrtException {
    OnnxTensor tensor =
        OnnxTensor.createTensor(environment, values.flip(), new long[] {rows, columns});
    inputs.put(name, tensor);
    return tensor;
  }

  private Map<String, OnnxTensor> none(int rows) throws OrtException {
    Map<String, OnnxTensor> caches = new HashMap<>();
    for (String name : session.getInputNames()) {
      if (name.startsWith(PAST)) {
        long[] shape = ((TensorInfo) session.getInputInfo().get(name).getInfo()).getShape();
        shape[0] = rows;
        shape[2] = 0;
        caches.put(name, OnnxTensor.createTensor(environment, FloatBuffer.allocate(0), shape));
      }
    }
    return caches;
  }

  private Map<String, OnnxTensor> caches(OrtSession.Result result) {
    Map<String, OnnxTensor> caches = new HashMap<>();
    for (String name : session.getInputNames()) {
      if (name.startsWith(PAST)) {
        String present = PRESENT + name.substring(PAST.length());
        caches.put(name, (OnnxTensor) result.get(present).orElseThrow());
      }
    }
    return caches;
  }

  private static LongBuffer longs(int count) {
    return ByteBuffer.allocateDirect(count * Long.BYTES)
        .order(ByteOrder.nativeOrder())
        .asLongBuffer();
  }
}
