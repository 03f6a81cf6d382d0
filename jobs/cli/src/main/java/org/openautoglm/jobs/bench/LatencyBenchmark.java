package org.openautoglm.jobs.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.openautoglm.jobs.topology.InferenceJob;

/**
 * Latency at a fifth of the load that bare ONNX Runtime carries, at least once: from the client's
 * send to the client's receipt, against the model's own time for the same rows, one at a time.
 * Arrivals are random (Poisson), as of many independent clients.
 *
 * <p>The model's own time is taken twice: one row right after the other, and at the pace of the
 * arrivals, where a processor that has idled in between starts each row cold. The results' own
 * timings say where the job's time went.
 */
final class LatencyBenchmark implements Benchmark {
  private static final int TEXTS = 2_500;
  private static final int WARM_UP_TEXTS = 600;
  private static final int PACED_TEXTS = 800;
  private static final int EARLY_TEXTS = 5_000;
  private static final double LOAD = 0.2;

  @Override
  public String name() {
    return "latency";
  }

  @Override
  public String description() {
    return "client to client at 20 % load, at least once, on bge-small-zh";
  }

  @Override
  public List<Measurement> run(BenchmarkContext context) throws Exception {
    BenchModel model = BenchModel.open(context);
    List<String> texts = MixedTexts.texts(TEXTS);
    List<int[]> rows = model.rows(texts);
    int cores = Runtime.getRuntime().availableProcessors();
    double[] alone;
    double[] paced;
    double capacity;
    try (RawLoop raw = new RawLoop(model.graph(), cores)) {
      context.words().accept("latency: the model's own time");
      raw.millisAlone(rows.subList(0, WARM_UP_TEXTS), () -> {});
      alone = raw.millisAlone(rows.subList(WARM_UP_TEXTS, TEXTS), () -> {});
      capacity = raw.rowsPerSecond(RawLoop.sorted(rows, 32, 512));
      context.words().accept("latency: the same at %.0f texts/s".formatted(LOAD * capacity));
      paced =
          raw.millisAlone(
              rows.subList(WARM_UP_TEXTS, WARM_UP_TEXTS + PACED_TEXTS),
              new Arrivals(LOAD * capacity)::awaitNext);
    }
    LatencyClients clients = new LatencyClients(texts);
    try (BenchJobs jobs = new BenchJobs(context.directory())) {
      context.words().accept("latency: warming up");
      NoOpBenchmark.warmUp(jobs);
      // And as clients see it: the first minutes of a process are slower than all later ones.
      LatencyClients early = new LatencyClients(MixedTexts.texts(EARLY_TEXTS));
      jobs.whileRunning(
          InferenceJob::define,
          1,
          model.yaml(),
          topics -> early.sendAndReceive(topics, new Arrivals(2 * LOAD * capacity)));
      context.words().accept("latency: the job at %.0f texts/s".formatted(LOAD * capacity));
      jobs.whileRunning(
          InferenceJob::define,
          1,
          model.yaml(),
          topics -> clients.sendAndReceive(topics, new Arrivals(LOAD * capacity)));
    }
    List<Measurement> measurements = new ArrayList<>();
    for (double quantile : new double[] {0.5, 0.99}) {
      String p = "p" + Math.round(quantile * 100);
      Measurement own = Measurement.of("latency/model-" + p, at(alone, quantile), "ms");
      Measurement atPace = Measurement.of("latency/model-paced-" + p, at(paced, quantile), "ms");
      double job = at(clients.millis(WARM_UP_TEXTS), quantile);
      measurements.add(own);
      measurements.add(atPace);
      measurements.add(Measurement.of("latency/job-" + p, job, "ms").over(own));
      for (String stage : LatencyClients.STAGES) {
        double millis = at(clients.millis(stage, WARM_UP_TEXTS), quantile);
        measurements.add(Measurement.of("latency/job-%s-%s".formatted(stage, p), millis, "ms"));
      }
      measurements.add(Measurement.of("latency/added-" + p, job - own.value(), "ms"));
      measurements.add(Measurement.of("latency/added-to-paced-" + p, job - atPace.value(), "ms"));
    }
    return measurements;
  }

  private static double at(double[] values, double quantile) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(int) Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))];
  }
}
