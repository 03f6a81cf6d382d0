package org.openautoglm.jobs.bench;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.function.Consumer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.kafka.KafkaEnds;
import org.openautoglm.jobs.local.JobDefinition;
import org.openautoglm.jobs.topology.InferenceJob;

/**
 * What the job itself costs: all its stages around a model that does nothing, against a job that
 * only copies the same records. The job writes two records for each, the result and the audit
 * event; the copy writes one. A second copy writes two, of the sizes that the job wrote, so that
 * what the contract's outputs cost can be told from what the job costs.
 *
 * <p>All of them stay deployed while they take turns, and the median turn counts. Before that they
 * run until the JVM has little left to compile. Records lie where {@code java.io.tmpdir} says; on a
 * disk that is slower than the broker, its pace is what is measured.
 */
final class NoOpBenchmark implements Benchmark {
  private static final int DISTINCT = 10_000;
  private static final int WARM_UP_RECORDS = 1_000_000;
  private static final int WARM_UP_ROUNDS_MAX = 7;

  /** What a round of warming up is of one that counts. */
  private static final int WARM_UP_PART = 2;

  private static final int ROUNDS = 5;

  /** Compiling takes less of a round than this when it counts as warm. */
  private static final double COMPILING_SHARE_MAX = 0.2;

  /**
   * Prompts of one size.
   *
   * @param name what they are
   * @param texts the texts, published again and again
   * @param copied how many the copies are given in a round
   * @param answered how many the job is given in a round
   */
  private record Prompts(String name, List<String> texts, int copied, int answered) {}

  /**
   * Batches as they are behind a device that is worth them: a model that is done at once would
   * otherwise get small ones. Nobody waits for it: answers become visible each second.
   */
  private static final String MODELS =
      """
      - {model_name: no-op, task_type: embedding, path: none, batching: {max_rows: 256, max_padded_tokens: 65536, max_waiting_rows: 4096, linger: 5ms}}
      """;

  @Override
  public String name() {
    return "no-op";
  }

  @Override
  public String description() {
    return "the job around a model that does nothing, against a bare Kafka → Flink → Kafka copy";
  }

  @Override
  public List<Measurement> run(BenchmarkContext context) throws Exception {
    List<Measurement> measurements = new ArrayList<>();
    try (BenchJobs jobs = new BenchJobs(context.directory())) {
      for (Prompts prompts :
          List.of(
              new Prompts("short-texts", MixedTexts.texts(DISTINCT), 2_000_000, 600_000),
              new Prompts("1-kB-texts", MixedTexts.ofLength(340, DISTINCT), 900_000, 450_000),
              new Prompts("4-kB-texts", MixedTexts.ofLength(1_365, DISTINCT), 300_000, 240_000))) {
        measurements.addAll(measure(jobs, prompts, context.words()));
      }
    }
    return measurements;
  }

  private static List<Measurement> measure(BenchJobs jobs, Prompts prompts, Consumer<String> words)
      throws Exception {
    List<byte[]> values = PromptValues.of("no-op", prompts.texts());
    String name = "no-op/" + prompts.name();
    try (StandingJob copy = jobs.start(copy(), values, MODELS);
        StandingJob job = jobs.start(job(), values, MODELS)) {
      warmUp(
          name,
          words,
          () -> {
            copy.pace(prompts.copied() / WARM_UP_PART);
            job.pace(prompts.answered() / WARM_UP_PART);
          });
      int resultBytes = job.topics().recordBytes(job.topics().names().results());
      int auditBytes = job.topics().recordBytes(job.topics().names().audit());
      words.accept(
          "%s: the copy to two topics writes %d and %d bytes"
              .formatted(name, resultBytes, auditBytes));
      try (StandingJob twice =
          jobs.start(copyToTwoTopics(resultBytes, auditBytes), values, MODELS)) {
        warmUp(name, words, () -> twice.pace(prompts.answered() / WARM_UP_PART));
        List<Double> copied = new ArrayList<>(List.of(copy.pace(prompts.copied())));
        List<Double> answered = new ArrayList<>();
        List<Double> copiedTwice = new ArrayList<>();
        for (int round = 1; round <= ROUNDS; round++) {
          answered.add(job.pace(prompts.answered()));
          copied.add(copy.pace(prompts.copied()));
          copiedTwice.add(twice.pace(prompts.answered()));
          words.accept(
              "%s: round %d of %d: job %,.0f, copy %,.0f, to two topics %,.0f records/s"
                  .formatted(
                      name,
                      round,
                      ROUNDS,
                      answered.get(round - 1),
                      copied.get(round),
                      copiedTwice.get(round - 1)));
        }
        List<Measurement> measurements =
            new ArrayList<>(report(name, new Rounds(copied, answered), Rounds.median(copiedTwice)));
        measurements.add(SpilledPrompts.measure(name, job, words));
        return measurements;
      }
    }
  }

  /** A turn of what is warmed up. */
  private interface Turn {
    void run() throws Exception;
  }

  /** Repeats until the JVM compiles little meanwhile, or often enough. */
  private static void warmUp(String name, Consumer<String> words, Turn turn) throws Exception {
    CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
    double share = 1;
    for (int round = 1; round <= WARM_UP_ROUNDS_MAX && share > COMPILING_SHARE_MAX; round++) {
      long startNs = System.nanoTime();
      long startMs = compiler.getTotalCompilationTime();
      turn.run();
      share = (compiler.getTotalCompilationTime() - startMs) * 1e6 / (System.nanoTime() - startNs);
      words.accept("%s: warming up; compiling took %.0f %% of a core".formatted(name, 100 * share));
    }
  }

  private static List<Measurement> report(String name, Rounds rounds, double copiedTwice) {
    Measurement copy = Measurement.of(name + "/copy", rounds.referencePace(), "records/s");
    Measurement twice = Measurement.of(name + "/copy-to-two-topics", copiedTwice, "records/s");
    Measurement job = Measurement.of(name + "/job", rounds.turnPace(), "records/s");
    return List.of(
        copy,
        job.at(rounds.ratio(), copy),
        Measurement.of(name + "/job/spread", rounds.spreadPercent(), "%"),
        twice,
        job.over(twice));
  }

  private static JobDefinition copyToTwoTopics(int resultBytes, int auditBytes) {
    return (env, configuration) -> {
      InferenceJob.configure(env, configuration);
      TwoTopicsCopyJob.define(
          env,
          configuration.kafka().bootstrapServers(),
          configuration.kafka().topics().prompts(),
          List.of(
              new TwoTopicsCopyJob.To(configuration.kafka().topics().results(), resultBytes),
              new TwoTopicsCopyJob.To(configuration.kafka().topics().audit(), auditBytes)),
          producer(configuration));
    };
  }

  private static JobDefinition copy() {
    return (env, configuration) -> {
      InferenceJob.configure(env, configuration);
      PassThroughJob.define(
          env,
          configuration.kafka().bootstrapServers(),
          configuration.kafka().topics().prompts(),
          configuration.kafka().topics().results(),
          producer(configuration));
    };
  }

  /**
   * Runs enough records through the job that its code is compiled: at the pace of a real model that
   * takes many minutes, and costs a tenth of a small machine meanwhile.
   */
  static void warmUp(BenchJobs jobs) throws Exception {
    List<byte[]> values = PromptValues.of("no-op", MixedTexts.texts(DISTINCT));
    jobs.resultsPerSecond(job(), values, WARM_UP_RECORDS, 1, MODELS);
  }

  private static JobDefinition job() {
    return (StreamExecutionEnvironment env, JobConfiguration configuration) ->
        InferenceJob.define(env, configuration, new NoOpModel(), new NoOpModel.Classifier());
  }

  /** The copy writes with the settings of the job's own sinks. */
  private static Properties producer(JobConfiguration configuration) {
    return KafkaEnds.producerProperties(
        configuration.kafka(), configuration.delivery(), configuration.limits().maxResultBytes());
  }
}
