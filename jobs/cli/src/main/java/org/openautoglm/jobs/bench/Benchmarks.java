package org.openautoglm.jobs.bench;

import java.util.List;

/** The benchmarks there are. */
public final class Benchmarks {
  private Benchmarks() {}

  /** In the order in which they run. */
  public static List<Benchmark> all() {
    return List.of(
        new EmbeddingBenchmark(),
        new NoOpBenchmark(),
        new LatencyBenchmark(),
        new ConversionBenchmark(),
        new GenerationBenchmark());
  }
}
