package org.openautoglm.jobs.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.openautoglm.jobs.local.JobDefinition;
import org.openautoglm.jobs.topology.InferenceJob;

/**
 * Mixed-length texts on a real fp32 embedding model, end to end through Kafka exactly once, against
 * bare ONNX Runtime at its best setting, against one record at a time in Flink's asynchronous
 * operator, and against batches in arrival order. The raw loop runs on both sides of the job, since
 * machines drift.
 */
final class EmbeddingBenchmark implements Benchmark {
  private static final int TEXTS = 15_000;
  private static final int RAW_TEXTS = 3_000;
  private static final int WARM_UP_TEXTS = 300;
  private static final int ARRIVAL_ROWS = 16;
  private static final int[] BUDGETS = {256, 512, 1024};
  private static final int BUDGET_ROUNDS = 3;
  private static final int BUDGET_TEXTS = 1_000;
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
    int cores = Runtime.getRuntime().availableProcessors();

    try (RawLoop raw = new RawLoop(model.graph(), cores);
        BenchJobs jobs = new BenchJobs(context.directory())) {
      context.words().accept("embedding: warming up");
      NoOpBenchmark.warmUp(jobs);
      raw.rowsPerSecond(RawLoop.sorted(rows.subList(0, WARM_UP_TEXTS), 32, 512));
      int budget = bestBudget(raw, rows, context.words());
      List<List<int[]>> sorted = RawLoop.sorted(rows.subList(0, RAW_TEXTS), 32, budget);
      List<List<int[]>> arrival =
          RawLoop.arrivalOrder(rows.subList(0, RAW_TEXTS / 3), ARRIVAL_ROWS);

      List<byte[]> prompts = PromptValues.of(BenchModel.NAME, texts);
      context.words().accept("embedding: one record at a time in Flink's asynchronous operator");
      JobDefinition async =
          (env, configuration) -> UnbatchedJob.define(env, configuration, model.spec(), cores);
      Measurement unbatched =
          Measurement.of(
              "embedding/unbatched-async",
              jobs.resultsPerSecond(async, prompts, TEXTS, PARALLELISM, model.yaml()),
              "texts/s");
      context.words().accept("embedding: raw loop, before the job");
      double arrivalBefore = raw.rowsPerSecond(arrival);
      double sortedBefore = raw.rowsPerSecond(sorted);
      context.words().accept("embedding: the job");
      Measurement job =
          Measurement.of(
              "embedding/job",
              jobs.resultsPerSecond(
                  InferenceJob::define, prompts, TEXTS, PARALLELISM, model.yaml()),
              "texts/s");
      context.words().accept("embedding: raw loop, after the job");
      Ceiling best =
          new Ceiling(
              "embedding/raw-loop-sorted-" + budget,
              sortedBefore,
              raw.rowsPerSecond(sorted),
              "texts/s");
      Ceiling arrived =
          new Ceiling(
              "embedding/raw-loop-arrival-order-" + ARRIVAL_ROWS,
              arrivalBefore,
              raw.rowsPerSecond(arrival),
              "texts/s");
      List<Measurement> measurements = new ArrayList<>(best.report(context.words()));
      measurements.addAll(arrived.report(context.words()));
      measurements.add(unbatched);
      measurements.add(job.over(best.mean()));
      measurements.add(job.over(unbatched));
      measurements.add(job.over(arrived.mean()));
      return measurements;
    }
  }

  /** The padded tokens a batch at which the raw loop is fastest; the candidates take turns. */
  private static int bestBudget(RawLoop raw, List<int[]> rows, Consumer<String> words)
      throws Exception {
    double[] seconds = new double[BUDGETS.length];
    for (int round = 0; round < BUDGET_ROUNDS; round++) {
      List<int[]> part = rows.subList(round * BUDGET_TEXTS, (round + 1) * BUDGET_TEXTS);
      for (int i = 0; i < BUDGETS.length; i++) {
        seconds[i] += BUDGET_TEXTS / raw.rowsPerSecond(RawLoop.sorted(part, 32, BUDGETS[i]));
      }
    }
    int best = 0;
    for (int i = 0; i < BUDGETS.length; i++) {
      words.accept(
          "embedding: raw loop, at most %d padded tokens a batch: %.0f texts/s"
              .formatted(BUDGETS[i], BUDGET_ROUNDS * BUDGET_TEXTS / seconds[i]));
      best = seconds[i] < seconds[best] ? i : best;
    }
    return BUDGETS[best];
  }
}
