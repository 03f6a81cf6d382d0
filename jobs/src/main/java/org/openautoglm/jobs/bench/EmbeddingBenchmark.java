package org.openautoglm.jobs.bench;

import java.util.ArrayList;
import java.util.List;
import org.openautoglm.jobs.local.JobDefinition;
import org.openautoglm.jobs.topology.InferenceJob;

/**
 * Mixed-length texts on a real fp32 embedding model, end to end through Kafka exactly once, against
 * bare ONNX Runtime at its best setting, against one record at a time in Flink's asynchronous
 * operator, and against batches in arrival order.
 */
final class EmbeddingBenchmark implements Benchmark {
  private static final int TEXTS = 15_000;
  private static final int RAW_TEXTS = 3_000;
  private static final int WARM_UP_TEXTS = 300;
  private static final int ARRIVAL_ROWS = 16;
  private static final int PARALLELISM = 1;

  @Override
  public String name() {
    return "embedding";
  }

  @Override
  public String description() {
    return "mixed-length texts on bge-small-zh, fp32, against a raw ONNX Runtime loop";
  }

  @Override
  public List<Measurement> run(BenchmarkContext context) throws Exception {
    BenchModel model = BenchModel.open(context);
    List<String> texts = MixedTexts.texts(TEXTS);
    List<int[]> rows = model.rows(texts);
    List<int[]> few = rows.subList(0, WARM_UP_TEXTS);
    int cores = Runtime.getRuntime().availableProcessors();

    Measurement best = null;
    Measurement arrival;
    try (RawLoop raw = new RawLoop(model.graph(), cores)) {
      raw.rowsPerSecond(RawLoop.sorted(few, 32, 512));
      for (int budget : new int[] {256, 512, 1024}) {
        context.words().accept("embedding: raw loop, at most %d padded tokens".formatted(budget));
        double pace = raw.rowsPerSecond(RawLoop.sorted(rows.subList(0, RAW_TEXTS), 32, budget));
        if (best == null || pace > best.value()) {
          best = Measurement.of("embedding/raw-loop-sorted-" + budget, pace, "texts/s");
        }
      }
      context.words().accept("embedding: raw loop, arrival order");
      arrival =
          Measurement.of(
              "embedding/raw-loop-arrival-order-" + ARRIVAL_ROWS,
              raw.rowsPerSecond(RawLoop.arrivalOrder(rows.subList(0, RAW_TEXTS / 3), ARRIVAL_ROWS)),
              "texts/s");
    }

    List<byte[]> prompts = PromptValues.of(BenchModel.NAME, texts);
    Measurement unbatched;
    Measurement job;
    try (BenchJobs jobs = new BenchJobs(context.directory())) {
      context.words().accept("embedding: warming up");
      NoOpBenchmark.warmUp(jobs);
      context.words().accept("embedding: one record at a time in Flink's asynchronous operator");
      JobDefinition async =
          (env, configuration) -> UnbatchedJob.define(env, configuration, model.spec(), cores);
      unbatched =
          Measurement.of(
              "embedding/unbatched-async",
              jobs.resultsPerSecond(async, prompts, TEXTS, PARALLELISM, model.yaml()),
              "texts/s");
      context.words().accept("embedding: the job");
      job =
          Measurement.of(
              "embedding/job",
              jobs.resultsPerSecond(
                  InferenceJob::define, prompts, TEXTS, PARALLELISM, model.yaml()),
              "texts/s");
    }
    List<Measurement> measurements = new ArrayList<>(List.of(best, arrival, unbatched));
    measurements.add(job.over(best));
    measurements.add(job.over(unbatched));
    measurements.add(job.over(arrival));
    return measurements;
  }
}
