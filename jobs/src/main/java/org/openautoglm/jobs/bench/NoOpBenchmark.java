package org.openautoglm.jobs.bench;

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
 */
final class NoOpBenchmark implements Benchmark {
  private static final int DISTINCT = 10_000;
  private static final int WARM_UP_RECORDS = 1_000_000;

  /**
   * Prompts of one size.
   *
   * @param name what they are
   * @param texts the texts, published again and again
   * @param records how many are published
   */
  private record Prompts(String name, List<String> texts, int records) {}

  private static final String MODELS =
      """
      - {model_name: no-op, task_type: embedding, path: none, batching: {max_rows: 256, max_padded_tokens: 65536, max_waiting_rows: 4096}}
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
      context
          .words()
          .accept("no-op: warming up, so that all code is compiled before it is measured");
      measure(jobs, new Prompts("warm-up", MixedTexts.texts(DISTINCT), 1_500_000), words -> {});
      for (Prompts prompts :
          List.of(
              new Prompts("short-texts", MixedTexts.texts(DISTINCT), 1_500_000),
              new Prompts("1-kB-texts", MixedTexts.ofLength(340, DISTINCT), 600_000),
              new Prompts("4-kB-texts", MixedTexts.ofLength(1_365, DISTINCT), 200_000))) {
        measurements.addAll(measure(jobs, prompts, context.words()));
      }
    }
    return measurements;
  }

  private static List<Measurement> measure(BenchJobs jobs, Prompts prompts, Consumer<String> words)
      throws Exception {
    List<byte[]> values = PromptValues.of("no-op", prompts.texts());
    String name = "no-op/" + prompts.name();
    int count = prompts.records();
    words.accept("%s: copying %,d records".formatted(name, count));
    double copiedBefore = jobs.resultsPerSecond(copy(), values, count, 1, MODELS);
    words.accept("%s: the job on %,d records".formatted(name, count));
    BenchJobs.Pace answered = jobs.pace(job(), values, count, 1, MODELS);
    BenchTopics written = answered.topics();
    int resultBytes = written.recordBytes(written.names().results());
    int auditBytes = written.recordBytes(written.names().audit());
    words.accept(
        "%s: copying %,d records to two topics, %d and %d bytes each"
            .formatted(name, count, resultBytes, auditBytes));
    double copiedTwice =
        jobs.resultsPerSecond(copyToTwoTopics(resultBytes, auditBytes), values, count, 1, MODELS);
    words.accept("%s: copying %,d records once more".formatted(name, count));
    Ceiling copy =
        new Ceiling(
            name + "/copy",
            copiedBefore,
            jobs.resultsPerSecond(copy(), values, count, 1, MODELS),
            "records/s");
    List<Measurement> measurements = new ArrayList<>(copy.report(words));
    Measurement twice = Measurement.of(name + "/copy-to-two-topics", copiedTwice, "records/s");
    Measurement job = Measurement.of(name + "/job", answered.perSecond(), "records/s");
    measurements.addAll(List.of(job.over(copy.mean()), twice, job.over(twice)));
    return measurements;
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
    jobs.pace(job(), values, WARM_UP_RECORDS, 1, MODELS);
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
