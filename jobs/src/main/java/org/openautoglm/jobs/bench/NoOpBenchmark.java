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
 * event; the copy writes one. Copy and job take turns on the same records, and the median round
 * counts. A second copy writes two, of the sizes that the job wrote, so that what the contract's
 * outputs cost can be told from what the job costs.
 */
final class NoOpBenchmark implements Benchmark {
  private static final int DISTINCT = 10_000;
  private static final int WARM_UP_RECORDS = 1_000_000;
  private static final int ROUNDS = 3;

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
      warmUpAll(jobs);
      for (Prompts prompts :
          List.of(
              new Prompts("short-texts", MixedTexts.texts(DISTINCT), 900_000),
              new Prompts("1-kB-texts", MixedTexts.ofLength(340, DISTINCT), 450_000),
              new Prompts("4-kB-texts", MixedTexts.ofLength(1_365, DISTINCT), 150_000))) {
        measurements.addAll(measure(jobs, prompts, context.words()));
      }
    }
    return measurements;
  }

  private static List<Measurement> measure(BenchJobs jobs, Prompts prompts, Consumer<String> words)
      throws Exception {
    BenchTopics topics = jobs.filled(PromptValues.of("no-op", prompts.texts()), prompts.records());
    String name = "no-op/" + prompts.name();
    List<Double> copied = new ArrayList<>();
    List<Double> answered = new ArrayList<>();
    BenchTopics written = topics;
    words.accept("%s: copying %,d records".formatted(name, prompts.records()));
    copied.add(jobs.pace(copy(), topics, prompts.records(), MODELS).perSecond());
    for (int round = 1; round <= ROUNDS; round++) {
      words.accept("%s: the job, and a copy again, %d of %d".formatted(name, round, ROUNDS));
      BenchJobs.Pace job = jobs.pace(job(), topics, prompts.records(), MODELS);
      answered.add(job.perSecond());
      copied.add(jobs.pace(copy(), topics, prompts.records(), MODELS).perSecond());
      written = job.topics();
    }
    int resultBytes = written.recordBytes(written.names().results());
    int auditBytes = written.recordBytes(written.names().audit());
    words.accept(
        "%s: copying to two topics, %d and %d bytes each".formatted(name, resultBytes, auditBytes));
    double copiedTwice =
        jobs.pace(copyToTwoTopics(resultBytes, auditBytes), topics, prompts.records(), MODELS)
            .perSecond();
    return report(name, new Rounds(copied, answered), copiedTwice);
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
    jobs.pace(job(), values, WARM_UP_RECORDS, 1, MODELS);
  }

  private static void warmUpAll(BenchJobs jobs) throws Exception {
    BenchTopics topics =
        jobs.filled(PromptValues.of("no-op", MixedTexts.texts(DISTINCT)), WARM_UP_RECORDS);
    for (JobDefinition each : List.of(job(), copy(), copyToTwoTopics(200, 500))) {
      jobs.pace(each, topics, WARM_UP_RECORDS, MODELS);
    }
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
