package org.openautoglm.jobs.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.openautoglm.jobs.models.ModelCatalog;
import org.openautoglm.operators.conversion.Conversion;
import org.openautoglm.operators.conversion.Weights;
import org.openautoglm.operators.conversion.check.AnswerRule;
import org.openautoglm.operators.conversion.check.CanonicalDecoder;
import org.openautoglm.operators.conversion.check.CausalModel;
import org.openautoglm.operators.conversion.check.EncoderModel;
import org.openautoglm.operators.conversion.check.ExportedDecoder;
import org.openautoglm.operators.conversion.graph.Progress;
import org.openautoglm.operators.conversion.weights.DequantizedExport;
import org.openautoglm.operators.inference.EncoderSpec.Pooling;
import org.openautoglm.operators.inference.model.ModelDirectory;
import org.openautoglm.operators.inference.onnx.OnnxGraphRuntime;

/**
 * Converted graphs against those that they were made of, on one core each: the chat model's export
 * with its dynamic int8 undone against int8 blocks, and the embedding models' fp32 against int8 by
 * rows and in blocks. Both sides of a ratio take turns, and the best of each side counts, because
 * other work on the machine only ever slows one down.
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

  private Path convert(BenchmarkContext context, Path source, Weights weights) throws IOException {
    Path target = context.directory().resolve(source.getFileName() + "-" + weights.label());
    Conversion.run(
        Conversion.Request.of(source, target, weights),
        runtime,
        words -> context.words().accept("conversion: " + words));
    return target.resolve("model.onnx");
  }

  private List<Measurement> chat(BenchmarkContext context) throws IOException {
    Path source = pull(context, CHAT);
    Path exported =
        Files.createDirectory(context.directory().resolve("exported")).resolve("model.onnx");
    int groups =
        DequantizedExport.write(
            source.resolve("onnx/model_quantized.onnx"), exported, Progress.SILENT);
    context.words().accept("conversion: " + groups + " dynamic int8 groups undone");
    Path converted = convert(context, source, Weights.INT8);
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
    Path byRows = convert(context, source, Weights.INT8);
    Path inBlocks = convert(context, source, Weights.INT8_BLOCKS);
    try (EncoderModel fp32 =
            EncoderModel.exported(
                runtime.load(directory.graph()),
                "last_hidden_state",
                rule,
                directory.padTokenId());
        EncoderModel rows = EncoderModel.converted(runtime.load(byRows), directory.padTokenId());
        EncoderModel blocks =
            EncoderModel.converted(runtime.load(inBlocks), directory.padTokenId())) {
      context.words().accept("conversion: " + name + " at 8 × 64");
      List<List<Double>> paces = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
      List<EncoderModel> models = List.of(fp32, rows, blocks);
      for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < models.size(); i++) {
          paces.get(i).add(textsPerSecond(models.get(i)));
        }
      }
      String prefix = "conversion/" + name + "-8x64/";
      Measurement before = Measurement.of(prefix + "fp32", best(paces.get(0)), "texts/s");
      return List.of(
          before,
          Measurement.of(prefix + "int8", best(paces.get(1)), "texts/s").over(before),
          Measurement.of(prefix + "int8-blocks", best(paces.get(2)), "texts/s").over(before));
    }
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
