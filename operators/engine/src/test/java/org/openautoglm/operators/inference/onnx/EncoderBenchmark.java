package org.openautoglm.operators.inference.onnx;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.testing.TestModels;
import org.openautoglm.schemas.wire.Parameters;

/**
 * What the engine costs over a bare ONNX Runtime loop, and which batches are the fastest: rows a
 * second on 256 rows of mixed length, one caller a core. Settings take turns, and every figure is a
 * median of ratios to the first one of the same turn. Time is the callers' own processor time,
 * which holds all of the work because sessions have one thread, so that a busy machine hardly
 * disturbs.
 *
 * <p>Run it on purpose: {@code main}, with the number of turns (5 unless given).
 */
public final class EncoderBenchmark {
  private static final int ROWS = 256;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final int CALLERS = Runtime.getRuntime().availableProcessors();

  private EncoderBenchmark() {}

  /** Runs a batch. */
  private interface Runner {
    void run(List<int[]> rows) throws Exception;
  }

  private record Setting(Runner runner, List<List<int[]>> batches) {}

  public static void main(String[] args) throws Exception {
    int turns = args.length > 0 ? Integer.parseInt(args[0]) : 5;
    Path directory = TestModels.bgeSmallZh();
    List<int[]> rows = rows();
    try (EngineLease lease =
            new OnnxModelProvider().engines(TestModels.spec("bge", TaskType.EMBEDDING, directory));
        RawLoop raw = new RawLoop(directory.resolve("model.onnx"))) {
      InferenceEngine engine = lease.engines().get(0);
      Runner engineRunner = batch -> engine.run(engineRows(batch), (position, output) -> {});
      Map<String, Setting> settings = new LinkedHashMap<>();
      settings.put("raw, unbatched", new Setting(raw::run, batches(rows, 1, 512)));
      for (int budget : new int[] {128, 256, 512, 1024, 2048}) {
        settings.put(
            "raw, sorted, " + budget + " padded tokens",
            new Setting(raw::run, batches(sorted(rows), 512, budget)));
      }
      for (int cap : new int[] {4, 8, 16}) {
        settings.put(
            "raw, sorted, 512 padded tokens, " + cap + " rows",
            new Setting(raw::run, batches(sorted(rows), cap, 512)));
      }
      settings.put(
          "raw, sorted, 1024 padded tokens, 32 rows",
          new Setting(raw::run, batches(sorted(rows), 32, 1024)));
      settings.put("engine, unbatched", new Setting(engineRunner, batches(rows, 1, 512)));
      settings.put(
          "engine, sorted, 512 padded tokens",
          new Setting(engineRunner, batches(sorted(rows), 512, 512)));
      settings.put(
          "engine, sorted, 1024 padded tokens",
          new Setting(engineRunner, batches(sorted(rows), 512, 1024)));
      settings.put(
          "raw, arrival order, 16 rows",
          new Setting(raw::run, batches(rows, 16, Integer.MAX_VALUE)));
      measure(settings, turns);
    }
  }

  private static void measure(Map<String, Setting> settings, int turns) throws Exception {
    Map<String, List<Double>> rates = new LinkedHashMap<>();
    for (int turn = -1; turn < turns; turn++) {
      for (Map.Entry<String, Setting> setting : settings.entrySet()) {
        double rate = rowsPerSecond(setting.getValue());
        if (turn >= 0) {
          System.err.printf(
              Locale.ROOT, "turn %d: %-50s %8.1f rows/s%n", turn + 1, setting.getKey(), rate);
          rates.computeIfAbsent(setting.getKey(), name -> new ArrayList<>()).add(rate);
        }
      }
    }
    List<Double> base = rates.values().iterator().next();
    rates.forEach(
        (name, measured) ->
            System.out.printf(
                Locale.ROOT,
                "%-50s %8.1f rows/s  %5.2f of unbatched%n",
                name,
                median(measured),
                median(
                    IntStream.range(0, base.size())
                        .mapToObj(i -> measured.get(i) / base.get(i))
                        .toList())));
  }

  private static double rowsPerSecond(Setting setting) throws Exception {
    ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
    try {
      AtomicInteger next = new AtomicInteger();
      List<Future<Long>> running = new ArrayList<>();
      for (int caller = 0; caller < CALLERS; caller++) {
        running.add(
            callers.submit(
                () -> {
                  long start = THREADS.getCurrentThreadCpuTime();
                  for (int i = next.getAndIncrement();
                      i < setting.batches().size();
                      i = next.getAndIncrement()) {
                    setting.runner().run(setting.batches().get(i));
                  }
                  return THREADS.getCurrentThreadCpuTime() - start;
                }));
      }
      long cpuNanos = 0;
      for (Future<Long> caller : running) {
        cpuNanos += caller.get();
      }
      return ROWS * CALLERS / (cpuNanos / 1e9);
    } finally {
      callers.shutdown();
    }
  }

  /** Rows of random tokens whose lengths are spread like those of texts, 43 tokens on average. */
  private static List<int[]> rows() {
    Random random = new Random(7);
    List<int[]> rows = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      int length = (int) Math.exp(Math.log(31) + 0.8 * random.nextGaussian());
      int[] row = random.ints(Math.max(4, Math.min(400, length)), 672, 7_992).toArray();
      row[0] = 101;
      row[row.length - 1] = 102;
      rows.add(row);
    }
    System.out.printf(
        Locale.ROOT,
        "%d rows, %.1f tokens on average, %d callers%n",
        ROWS,
        rows.stream().mapToInt(row -> row.length).average().orElseThrow(),
        CALLERS);
    return rows;
  }

  private static List<int[]> sorted(List<int[]> rows) {
    return rows.stream().sorted(Comparator.comparingInt((int[] row) -> -row.length)).toList();
  }

  private static List<List<int[]>> batches(List<int[]> rows, int rowsMax, int paddedTokensMax) {
    List<List<int[]>> batches = new ArrayList<>();
    List<int[]> batch = new ArrayList<>();
    int longest = 0;
    for (int[] row : rows) {
      int width = Math.max(longest, row.length);
      if (!batch.isEmpty()
          && (batch.size() == rowsMax || (long) width * (batch.size() + 1) > paddedTokensMax)) {
        batches.add(batch);
        batch = new ArrayList<>();
        width = row.length;
      }
      batch.add(row);
      longest = width;
    }
    batches.add(batch);
    return batches;
  }

  private static List<EngineRow> engineRows(List<int[]> batch) {
    return batch.stream()
        .map(tokens -> new EngineRow(tokens, Parameters.getDefaultInstance(), 0))
        .toList();
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
