package org.openautoglm.operators.conversion.encoder;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.openautoglm.operators.conversion.encoder.EncoderHead.Embedding;
import org.openautoglm.operators.conversion.encoder.EncoderHead.Pooling;
import org.openautoglm.operators.conversion.graph.Progress;
import org.openautoglm.operators.conversion.quantization.ByteProducts;
import org.openautoglm.operators.testing.TestModels;

/**
 * What conversion gains: batches of 8 rows of 64 tokens through the exported graph and through each
 * converted one, in turns, on one thread. Time is that thread's own processor time, and every
 * figure a median of ratios to the export in the same turn.
 *
 * <p>Run it on purpose: {@code main}, with the number of turns (15 unless given).
 */
public final class EncoderConversionBenchmark {
  private static final int ROWS = 8;
  private static final int TOKENS = 64;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private EncoderConversionBenchmark() {}

  public static void main(String[] args) throws Exception {
    int turns = args.length > 0 ? Integer.parseInt(args[0]) : 15;
    System.out.println("weights by rows are " + ByteProducts.ofThisMachine() + " on this CPU");
    measure("all-MiniLM-L6-v2", TestModels.allMiniLm(), Pooling.MEAN, turns);
    measure("bge-small-zh-v1.5", TestModels.bgeSmallZh(), Pooling.CLS, turns);
  }

  private static void measure(String name, Path model, Pooling pooling, int turns)
      throws Exception {
    Path export = model.resolve("model.onnx");
    Map<String, EncoderRuns> graphs = new LinkedHashMap<>();
    graphs.put("export", new EncoderRuns(export, "last_hidden_state"));
    for (EncoderWeights weights : EncoderWeights.values()) {
      Path directory = Files.createTempDirectory("benchmark");
      Path target = directory.resolve("model.onnx");
      EncoderConversion.convert(
          export, target, new Embedding(pooling, true), weights, Map.of(), Progress.SILENT);
      graphs.put(weights.label(), new EncoderRuns(target, "sentence_embedding"));
      Files.delete(target);
      Files.delete(directory);
    }
    Map<String, List<Long>> nanos = new LinkedHashMap<>();
    List<long[]> rows = rows();
    for (int turn = -2; turn < turns; turn++) {
      for (Map.Entry<String, EncoderRuns> graph : graphs.entrySet()) {
        long start = THREADS.getCurrentThreadCpuTime();
        graph.getValue().run(rows, 0);
        long took = THREADS.getCurrentThreadCpuTime() - start;
        if (turn >= 0) {
          nanos.computeIfAbsent(graph.getKey(), key -> new ArrayList<>()).add(took);
        }
      }
    }
    for (EncoderRuns graph : graphs.values()) {
      graph.close();
    }
    List<Long> base = nanos.get("export");
    nanos.forEach(
        (weights, took) ->
            System.out.printf(
                Locale.ROOT,
                "%-18s %-12s %7.1f ms  %5.2f of the export's speed%n",
                name,
                weights,
                median(took.stream().mapToDouble(each -> each / 1e6)),
                median(
                    IntStream.range(0, turns)
                        .mapToDouble(i -> (double) base.get(i) / took.get(i)))));
  }

  private static List<long[]> rows() {
    Random random = new Random(7);
    return IntStream.range(0, ROWS)
        .mapToObj(row -> random.longs(TOKENS, 700, 7_000).toArray())
        .toList();
  }

  private static double median(DoubleStream values) {
    double[] sorted = values.toArray();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
