package org.openautoglm.jobs.bench;

import java.util.ArrayList;
import java.util.List;
import org.openautoglm.jobs.topology.InferenceJob;
import org.openautoglm.operators.inference.RowPreparer;

/**
 * Text generation on the demo's chat model, end to end through Kafka exactly once, against raw ONNX
 * Runtime loops of static batches: over the model as exported, and over the model as the job
 * converts it, in int8 and, where arithmetic counts more than memory, in fp32. So many at a time
 * means answers in progress together, on both sides: a raw loop has two callers of half as many
 * rows.
 */
final class GenerationBenchmark implements Benchmark {
  private static final int EQUAL_TOKENS = 64;
  private static final int LONG_TOKENS = 256;
  private static final int SHORT_TOKENS = 8;
  private static final int LONG_CLIENTS = 16;
  private static final int LONG_ANSWERS = 16;
  private static final int SLOTS = 32;
  private static final int EQUAL = 768;
  private static final int MIXED = 240;
  private static final int CALLERS = 2;

  @Override
  public String name() {
    return "generation";
  }

  @Override
  public String description() {
    return "many conversations at once on the chat model, against raw ONNX Runtime loops";
  }

  @Override
  public List<Measurement> run(BenchmarkContext context) throws Exception {
    EndlessChatModel model = EndlessChatModel.open(context);
    List<GenerationPrompt> equal;
    List<GenerationPrompt> mixed;
    FairnessClients clients;
    try (RowPreparer preparer = model.preparer()) {
      equal = GenerationPrompt.equal(preparer, EQUAL, EQUAL_TOKENS);
      mixed = GenerationPrompt.mixed(preparer, MIXED);
      clients =
          new FairnessClients(
              GenerationPrompt.of(preparer, 1, LONG_TOKENS),
              GenerationPrompt.of(preparer, 2, SHORT_TOKENS));
    }
    List<Measurement> lines = new ArrayList<>();
    try (RawGeneration exported = new RawGeneration(model.exported(), false);
        RawGeneration converted = new RawGeneration(model.converted(), true);
        RawGeneration floats = new RawGeneration(model.floatsGraph(), true);
        BenchJobs jobs = new BenchJobs(context.directory())) {
      List<GenerationPrompt> some = equal.subList(0, 64);
      List<GenerationPrompt> someMixed = mixed.subList(0, 32);
      GenerationComparison one =
          new GenerationComparison("one", model.yaml(1), equal.subList(0, 16), 1, false)
              .with("exported-one", exported, equal.subList(0, 4), 1, 1)
              .with("converted-one", converted, equal.subList(0, 8), 1, 1);
      GenerationComparison eight =
          new GenerationComparison("equal-8", model.yaml(8), equal, 8, false)
              .with("exported-equal-8", exported, some, CALLERS, 4)
              .with("converted-equal-8", converted, some, CALLERS, 4);
      GenerationComparison full =
          new GenerationComparison("equal-32", model.yaml(SLOTS), equal, SLOTS, false)
              .with("exported-equal-32", exported, some, CALLERS, SLOTS / CALLERS)
              .with("converted-equal-32", converted, some, CALLERS, SLOTS / CALLERS);
      GenerationComparison lengths =
          new GenerationComparison("mixed-32", model.yaml(SLOTS), mixed, SLOTS, true)
              .with("exported-mixed-8", exported, mixed.subList(0, 16), CALLERS, 4)
              .with("exported-mixed-32", exported, someMixed, CALLERS, SLOTS / CALLERS);
      String inFloats = model.yamlOfFloats(SLOTS);
      GenerationComparison fullFloats =
          new GenerationComparison("fp32-equal-32", inFloats, equal, SLOTS, false)
              .with("exported-beside-fp32-equal-32", exported, some, CALLERS, SLOTS / CALLERS)
              .with("converted-fp32-equal-32", floats, some, CALLERS, SLOTS / CALLERS);
      GenerationComparison lengthsFloats =
          new GenerationComparison("fp32-mixed-32", inFloats, mixed, SLOTS, true)
              .with("exported-beside-fp32-mixed-32", exported, someMixed, CALLERS, SLOTS / CALLERS);
      context.words().accept("generation: warming up");
      // The first minutes of a process are slower than all later ones.
      for (GenerationComparison each : List.of(lengths, full, eight)) {
        each.warmUp(jobs);
      }
      for (GenerationComparison each :
          List.of(one, eight, full, lengths, fullFloats, lengthsFloats)) {
        lines.addAll(each.run(jobs, context.words()));
      }
      lines.add(eight.job().over(one.job()));
      context.words().accept("generation: short answers beside long ones");
      jobs.whileRunning(
          InferenceJob::define,
          1,
          model.yaml(SLOTS),
          topics -> clients.ask(topics, LONG_CLIENTS, LONG_ANSWERS));
    }
    Measurement answered = Measurement.of("generation/long-answer-p50", clients.longP50(), "ms");
    lines.add(answered);
    lines.add(
        Measurement.of("generation/short-answer-p50", clients.shortP50(), "ms").over(answered));
    return lines;
  }
}
