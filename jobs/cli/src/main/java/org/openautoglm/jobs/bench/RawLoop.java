package org.openautoglm.jobs.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The ceiling: bare ONNX Runtime over rows that are all there already, no Kafka, no Flink, no
 * tokenising. One session of one thread, as many callers as cores, which was measured to be the
 * best setting on a CPU.
 */
final class RawLoop implements AutoCloseable {
  private final OrtEnvironment environment =
      OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "autoglm");
  private final OrtSession session;
  private final int callers;
  private final ExecutorService threads;

  RawLoop(Path model, int callers) throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(1);
    options.setInterOpNumThreads(1);
    session = environment.createSession(model.toString(), options);
    this.callers = callers;
    threads = Executors.newFixedThreadPool(callers);
  }

  /** Batches of rows of like length, within a budget of padded tokens. */
  static List<List<int[]>> sorted(List<int[]> rows, int maxRows, int maxPaddedTokens) {
    List<int[]> byLength = new ArrayList<>(rows);
    byLength.sort(Comparator.comparingInt(row -> row.length));
    List<List<int[]>> batches = new ArrayList<>();
    List<int[]> batch = new ArrayList<>();
    for (int[] row : byLength) {
      if (batch.size() == maxRows || (batch.size() + 1) * row.length > maxPaddedTokens) {
        if (!batch.isEmpty()) {
          batches.add(batch);
        }
        batch = new ArrayList<>();
      }
      batch.add(row);
    }
    batches.add(batch);
    return batches;
  }

  /** Batches in the order of arrival, whatever their lengths. */
  static List<List<int[]>> arrivalOrder(List<int[]> rows, int size) {
    List<List<int[]>> batches = new ArrayList<>();
    for (int from = 0; from < rows.size(); from += size) {
      batches.add(rows.subList(from, Math.min(rows.size(), from + size)));
    }
    return batches;
  }

  /** Runs the batches once, all callers drawing from one queue; rows a second. */
  double rowsPerSecond(List<List<int[]>> batches) throws Exception {
    AtomicInteger next = new AtomicInteger();
    List<Future<?>> running = new ArrayList<>();
    long startNs = System.nanoTime();
    for (int caller = 0; caller < callers; caller++) {
      running.add(
          threads.submit(
              () -> {
                for (int i = next.getAndIncrement();
                    i < batches.size();
                    i = next.getAndIncrement()) {
                  run(batches.get(i));
                }
                return null;
              }));
    }
    for (Future<?> caller : running) {
      caller.get();
    }
    double seconds = (System.nanoTime() - startNs) / 1e9;
    return batches.stream().mapToInt(List::size).sum() / seconds;
  }

  /**
   * Milliseconds of each row run alone by one caller, in order.
   *
   * @param before called before each row, and not measured
   */
  double[] millisAlone(List<int[]> rows, Runnable before) throws OrtException {
    double[] millis = new double[rows.size()];
    for (int i = 0; i < millis.length; i++) {
      before.run();
      long startNs = System.nanoTime();
      run(List.of(rows.get(i)));
      millis[i] = (System.nanoTime() - startNs) / 1e6;
    }
    return millis;
  }

  private float run(List<int[]> rows) throws OrtException {
    int length = rows.stream().mapToInt(row -> row.length).max().orElseThrow();
    LongBuffer ids = longs(rows.size() * length);
    LongBuffer mask = longs(rows.size() * length);
    for (int r = 0; r < rows.size(); r++) {
      int[] row = rows.get(r);
      for (int t = 0; t < row.length; t++) {
        ids.put(r * length + t, row[t]);
        mask.put(r * length + t, 1);
      }
    }
    long[] shape = {rows.size(), length};
    Map<String, OnnxTensor> inputs = new HashMap<>();
    try {
      inputs.put("input_ids", OnnxTensor.createTensor(environment, ids, shape));
      inputs.put("attention_mask", OnnxTensor.createTensor(environment, mask, shape));
      if (session.getInputNames().contains("token_type_ids")) {
        inputs.put(
            "token_type_ids",
            OnnxTensor.createTensor(environment, longs(rows.size() * length), shape));
      }
      try (OrtSession.Result result = session.run(inputs)) {
        FloatBuffer hidden = ((OnnxTensor) result.get(0)).getFloatBuffer();
        return hidden.get(0);
      }
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  private static LongBuffer longs(int count) {
    return ByteBuffer.allocateDirect(count * Long.BYTES)
        .order(ByteOrder.nativeOrder())
        .asLongBuffer();
  }

  @Override
  public void close() throws OrtException {
    threads.shutdown();
    session.close();
  }
}
