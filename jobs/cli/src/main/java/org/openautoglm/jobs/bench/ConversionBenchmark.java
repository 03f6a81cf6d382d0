package org.openautoglm.jobs.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.openautoglm.jobs.models.ModelCatalog;
import org.openautoglm.operators.conversion.Conversion;
import org.openautoglm.operators.conversion.Weights;
import org.openautoglm.operators.conversion.check.AnswerRule;
import org.openautoglm.operators.conversion.check.CanonicalDecoder;
import org.openautoglm.operators.conversion.check.CausalModel;
import org.openautoglm.operators.conversion.check.DisagreementException;
import org.openautoglm.operators.conversion.check.EncoderModel;
import org.openautoglm.operators.conversion.check.ExportedDecoder;
import org.openautoglm.operators.conversion.graph.Progress;
import org.openautoglm.operators.conversion.weights.DequantizedExport;
import org.openautoglm.operators.inference.EncoderSpec.Pooling;
import org.openautoglm.operators.inference.model.ModelDirectory;
import org.openautoglm.operators.inference.onnx.OnnxGraphRuntime;

/**
 * Converted graphs against those that they were made of, on one core each: the chat model's export
 * with its dynamic int8 undone against int8 in the form of this CPU, and the embedding models' fp32
 * against int8 by rows and in blocks. Both sides of a ratio take turns, and the best of each side
 * counts, because other work on the machine only ever slows one down.
 */
final class ConversionBenchmark implements Benchmark {
  private static final String CHAT = "minimind2-small";
  private static final List<String> ENCODERS = List.of("all-minilm-l6-v2", "bge-small-zh");
  private static final int ROUNDS = 5;
  private static final int PROMPT = 128;
  private static final int NEW_TOKENS = 64;
  private static final int ENCODER_ROWS = 8;
  private static final int ENCODER_TOKENS = 64;
  private static final int ENCODER_RUNS = 4;

  private final OnnxGraphRuntime runtime = new OnnxGraphRuntime();

  @Override
  public String name() {
    return "conversion";
  }

  @Override
  public String description() {
    return "converted graphs against their originals: chat model int8, encoders int8";
  }

  @Override
  public List<Measurement> run(BenchmarkContext context) throws Exception {
    List<Measurement> measurements = new ArrayList<>(chat(context));
    for (String encoder : ENCODERS) {
      measurements.addAll(encoder(context, encoder));
    }
    return measurements;
  }

  private Path pull(BenchmarkContext context, String name) throws IOException {
    return context.models().pull(ModelCatalog.load().find(name).orElseThrow(), context.words());
  }

  /** The converted graph; empty where the check refused it, which is said and nothing else. */
  private Optional<Path> convert(BenchmarkContext context, Path source, Weights weights)
      throws IOException {
    String name = source.getFileName() + "-" + weights.label();
    Path target = context.directory().resolve(name);
    try {
      Conversion.run(
          Conversion.Request.of(source, target, weights),
          runtime,
          words -> context.words().accept("conversion: " + words));
    } catch (DisagreementException e) {
      context.words().accept("conversion: " + name + " is REFUSED: " + e.getMessage());
      return Optional.empty();
    }
    return Optional.of(target.resolve("model.onnx"));
  }

  /** Stands in the report where the figures of a refused graph would. */
  private static Measurement refused(String name) {
    return Measurement.of(name + "/refused", 1, "graphs");
  }

  private List<Measurement> chat(BenchmarkContext context) throws IOException {
    Path source = pull(context, CHAT);
    Path exported =
        Files.createDirectory(context.directory().resolve("exported")).resolve("model.onnx");
    int groups =
        DequantizedExport.write(
            source.resolve("onnx/model_quantized.onnx"), exported, Progress.SILENT);
    context.words().accept("conversion: " + groups + " dynamic int8 groups undone");
    Optional<Path> int8 = convert(context, source, Weights.INT8);
    if (int8.isEmpty()) {
      return List.of(refused("conversion/" + CHAT + "/int8"));
    }
    Path converted = int8.get();
    List<Measurement> measurements = new ArrayList<>();
    measurements.addAll(
        pair(
            "conversion/" + CHAT + "-size",
            "MB",
            List.of(Files.size(exported) / 1e6),
            List.of(Files.size(converted) / 1e6)));
    try (CausalModel before = new ExportedDecoder(runtime.load(exported));
        CausalModel after = new CanonicalDecoder(runtime.load(converted))) {
      context.words().accept("conversion: prefill");
      measurements.addAll(
          turns("conversion/" + CHAT + "-prefill-" + PROMPT, before, after, this::prefill));
      for (int rows : new int[] {1, 8}) {
        context.words().accept("conversion: decoding, batch " + rows);
        measurements.addAll(
            turns(
                "conversion/" + CHAT + "-decode-batch-" + rows,
                before,
                after,
                model -> decode(model, rows)));
      }
    }
    return measurements;
  }

  private interface Pace {
    double of(CausalModel model) throws IOException;
  }

  private static List<Measurement> turns(
      String name, CausalModel before, CausalModel after, Pace pace) throws IOException {
    List<Double> befores = new ArrayList<>();
    List<Double> afters = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      befores.add(pace.of(before));
      afters.add(pace.of(after));
    }
    return pair(name, "tokens/s", befores, afters);
  }

  private static List<Measurement> pair(
      String name, String unit, List<Double> befores, List<Double> afters) {
    Measurement before = Measurement.of(name + "/exported-fp32", best(befores), unit);
    return List.of(before, Measurement.of(name + "/int8", best(afters), unit).over(before));
  }

  private static double best(List<Double> paces) {
    return paces.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
  }

  private static int[] tokens(int count, int seed) {
    int[] tokens = new int[count];
    for (int i = 0; i < count; i++) {
      tokens[i] = 100 + (i * 37 + seed * 101) % 5_000;
    }
    return tokens;
  }

  private double prefill(CausalModel model) throws IOException {
    long startNanos = System.nanoTime();
    int[][] added = model.greedy(List.of(tokens(PROMPT, 0)), 1, CausalModel.LogitWatcher.NONE);
    return added.length * PROMPT / seconds(startNanos);
  }

  /** Tokens a second of all rows, from the first token that follows the prompts to the last. */
  private static double decode(CausalModel model, int rows) throws IOException {
    List<int[]> prompts = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      prompts.add(tokens(PROMPT, row));
    }
    long[] startNanos = new long[1];
    int[][] added =
        model.greedy(
            prompts,
            1 + NEW_TOKENS,
            (row, step, logits, offset, length) -> {
              if (step == 0) {
                startNanos[0] = System.nanoTime();
              }
            });
    return added.length * NEW_TOKENS / seconds(startNanos[0]);
  }

  private static double seconds(long sinceNanos) {
    return (System.nanoTime() - sinceNanos) / 1e9;
  }

  private List<Measurement> encoder(BenchmarkContext context, String name) throws Exception {
    Path source = pull(context, name);
    ModelDirectory directory = ModelDirectory.open(source.toString());
    var head = directory.head().orElseThrow();
    AnswerRule rule =
        head.pooling() == Pooling.CLS
            ? AnswerRule.first(head.normalize())
            : AnswerRule.mean(head.normalize());
    String prefix = "conversion/" + name + "-8x64/";
    List<Measurement> refused = new ArrayList<>();
    Map<String, EncoderModel> models = new LinkedHashMap<>();
    try {
      models.put(
          "fp32",
          EncoderModel.exported(
              runtime.load(directory.graph()), "last_hidden_state", rule, directory.padTokenId()));
      for (Weights weights : List.of(Weights.INT8, Weights.INT8_BLOCKS)) {
        Optional<Path> graph = convert(context, source, weights);
        if (graph.isPresent()) {
          models.put(
              weights.label(),
              EncoderModel.converted(runtime.load(graph.get()), directory.padTokenId()));
        } else {
          refused.add(refused(prefix + weights.label()));
        }
      }
      context.words().accept("conversion: " + name + " at 8 × 64");
      List<Measurement> measurements = new ArrayList<>(encoderTurns(prefix, models));
      measurements.addAll(refused);
      return measurements;
    } finally {
      models.values().forEach(EncoderModel::close);
    }
  }

  /** The paces of all, each over the first's. */
  private static List<Measurement> encoderTurns(String prefix, Map<String, EncoderModel> models)
      throws IOException {
    Map<String, List<Double>> paces = new LinkedHashMap<>();
    for (int round = 0; round < ROUNDS; round++) {
      for (Map.Entry<String, EncoderModel> model : models.entrySet()) {
        paces
            .computeIfAbsent(model.getKey(), each -> new ArrayList<>())
            .add(textsPerSecond(model.getValue()));
      }
    }
    List<Measurement> measurements = new ArrayList<>();
    paces.forEach(
        (weights, each) -> {
          Measurement pace = Measurement.of(prefix + weights, best(each), "texts/s");
          measurements.add(measurements.isEmpty() ? pace : pace.over(measurements.get(0)));
        });
    return measurements;
  }

  private static double textsPerSecond(EncoderModel model) throws IOException {
    List<int[]> rows = new ArrayList<>();
    for (int row = 0; row < ENCODER_ROWS; row++) {
      rows.add(tokens(ENCODER_TOKENS, row));
    }
    long startNanos = System.nanoTime();
    int answers = 0;
    for (int run = 0; run < ENCODER_RUNS; run++) {
      answers += model.answers(rows).size();
    }
    return answers / seconds(startNanos);
  }
}
