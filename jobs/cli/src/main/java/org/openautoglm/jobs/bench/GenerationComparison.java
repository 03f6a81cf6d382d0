package org.openautoglm.jobs.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.openautoglm.jobs.bench.BenchTopics.Sent;
import org.openautoglm.jobs.topology.InferenceJob;

/**
 * The job on some prompts against raw loops on some of them. The raw loops run right before the job
 * and right after it; the mean of both counts, and how far they are apart is a line of its own.
 */
final class GenerationComparison {
  private final String name;
  private final String yaml;
  private final List<GenerationPrompt> prompts;
  private final int slots;
  private final boolean isMixed;
  private final List<Loop> loops = new ArrayList<>();
  private Measurement job;

  /** A raw loop and what it is given. */
  private record Loop(
      String name, RawGeneration raw, List<GenerationPrompt> prompts, int callers, int rows) {
    double tokensPerSecond() throws Exception {
      return raw.tokensPerSecond(prompts, callers, rows);
    }
  }

  /**
   * @param yaml the model in the job's configuration
   * @param slots answers that the job makes at the same time
   * @param isMixed whether answers are of different length
   */
  GenerationComparison(
      String name, String yaml, List<GenerationPrompt> prompts, int slots, boolean isMixed) {
    this.name = name;
    this.yaml = yaml;
    this.prompts = prompts;
    this.slots = slots;
    this.isMixed = isMixed;
  }

  /** Compares with a raw loop, too. */
  GenerationComparison with(
      String loop, RawGeneration raw, List<GenerationPrompt> some, int callers, int rows) {
    loops.add(new Loop("generation/raw-" + loop, raw, some, callers, rows));
    return this;
  }

  /** Measures. */
  List<Measurement> run(BenchJobs jobs, Consumer<String> words) throws Exception {
    words.accept("generation: %s, raw loops before the job".formatted(name));
    List<Double> before = paces();
    words.accept("generation: %s, the job".formatted(name));
    double pace = GenerationPace.tokensPerSecond(results(jobs), slots, isMixed);
    job = Measurement.of("generation/job-" + name, pace, "tokens/s");
    words.accept("generation: %s, raw loops after the job".formatted(name));
    List<Double> after = paces();
    List<Measurement> lines = new ArrayList<>();
    for (int i = 0; i < loops.size(); i++) {
      String loop = loops.get(i).name();
      Measurement mean = Measurement.of(loop, (before.get(i) + after.get(i)) / 2, "tokens/s");
      lines.add(mean);
      lines.add(Measurement.of(loop + "-drift", 100 * (after.get(i) / before.get(i) - 1), "%"));
      lines.add(job.over(mean));
    }
    return lines;
  }

  /** Runs the job once without measuring it. */
  void warmUp(BenchJobs jobs) throws Exception {
    results(jobs);
  }

  private List<Sent> results(BenchJobs jobs) throws Exception {
    List<byte[]> requests = new ArrayList<>(prompts.size());
    for (int i = 0; i < prompts.size(); i++) {
      requests.add(prompts.get(i).request(EndlessChatModel.NAME, "g-" + i));
    }
    return jobs.results(InferenceJob::define, requests, yaml);
  }

  private List<Double> paces() throws Exception {
    List<Double> paces = new ArrayList<>();
    for (Loop loop : loops) {
      paces.add(loop.tokensPerSecond());
    }
    return paces;
  }

  /** The job's pace, once it has run. */
  Measurement job() {
    return job;
  }
}
