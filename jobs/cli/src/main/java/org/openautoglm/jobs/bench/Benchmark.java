package org.openautoglm.jobs.bench;

import java.util.List;

/** Something that can be measured on purpose, by {@code ./autoglm bench NAME}. */
public interface Benchmark {
  /** What it is called on the command line. */
  String name();

  /** One line for people. */
  String description();

  /**
   * Measures. Figures that are compared come from this one run.
   *
   * @throws Exception when nothing could be measured; the message is for people
   */
  List<Measurement> run(BenchmarkContext context) throws Exception;
}
