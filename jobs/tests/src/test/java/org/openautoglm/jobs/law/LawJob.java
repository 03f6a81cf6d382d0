package org.openautoglm.jobs.law;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ExceptionUtils;
import org.openautoglm.jobs.configuration.ConfigurationException;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.configuration.KafkaConfiguration.Topics;
import org.openautoglm.jobs.local.FlinkConfiguration;
import org.openautoglm.jobs.topology.InferenceJob;
import org.openautoglm.operators.inference.FailureClassifier;
import org.openautoglm.operators.inference.ModelProvider;

/**
 * The job as production defines and configures it, on models of the test's: the fingerprint models
 * for some.
 */
final class LawJob {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** Those that the corpus asks, each of another pace and number of windows. */
  private static final String FINGERPRINTS =
      """
      - {model_name: fingerprint, task_type: embedding, path: unused, device: cpu, shards: 2,
         batching: {max_rows: 16, max_padded_tokens: 1024, max_waiting_rows: 512}, retry: {delay: 10ms}}
      - {model_name: fingerprint-2, task_type: embedding, path: unused, device: cpu,
         batching: {max_rows: 16, max_padded_tokens: 1024, max_waiting_rows: 256}, retry: {delay: 10ms}}
      - {model_name: fingerprint-3, task_type: embedding, path: unused, device: cpu, shards: 3,
         batching: {max_rows: 4, max_padded_tokens: 1024, max_waiting_rows: 256}, retry: {delay: 10ms}}
      """;

  private LawJob() {}

  /**
   * What the job serves.
   *
   * @param models as the configuration lists them, in YAML
   * @param provider where they come from
   * @param classifier what their failures mean
   */
  record Served(String models, ModelProvider provider, FailureClassifier classifier) {
    static Served fingerprints() {
      return new Served(FINGERPRINTS, new FingerprintModel(), new FingerprintModel.Classifier());
    }
  }

  /** A job of these models; its name is {@code law}. */
  static JobConfiguration configuration(
      String bootstrapServers, Topics topics, String delivery, int parallelism, Served served)
      throws ConfigurationException {
    return ConfigurationFile.parse(
        """
        name: law
        kafka:
          bootstrap_servers: %s
          topics: {prompts: %s, results: %s, audit: %s, dead_letters: %s}
        delivery: %s
        checkpoint_interval: 300ms
        parallelism: %d
        models:
        %s"""
            .formatted(
                bootstrapServers,
                topics.prompts(),
                topics.results(),
                topics.audit(),
                topics.deadLetters(),
                delivery,
                parallelism,
                served.models().indent(2)),
        Map.of());
  }

  /** Starts it. */
  static JobClient submit(
      JobConfiguration job, Path directory, Optional<String> savepoint, Served served)
      throws Exception {
    return submit(job, directory, savepoint, served, OptionalInt.empty());
  }

  /**
   * Starts it.
   *
   * @param keyGroups of the savepoint, where that is not of production's number
   */
  static JobClient submit(
      JobConfiguration job,
      Path directory,
      Optional<String> savepoint,
      Served served,
      OptionalInt keyGroups)
      throws Exception {
    Configuration flink = FlinkConfiguration.ofJobs();
    flink.set(StateBackendOptions.STATE_BACKEND, "rocksdb");
    flink.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        directory.resolve("checkpoints").toUri().toString());
    flink.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF,
        Duration.ofMillis(100));
    flink.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF,
        Duration.ofSeconds(2));
    savepoint.ifPresent(path -> flink.set(StateRecoveryOptions.SAVEPOINT_PATH, path));
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(flink);
    InferenceJob.define(env, job, served.provider(), served.classifier());
    keyGroups.ifPresent(env.getConfig()::setMaxParallelism);
    return env.executeAsync("conservation law");
  }

  /**
   * Waits for two more checkpoints: what is doubled by one that comes late is there then, and the
   * group has committed what was read.
   *
   * @param cluster how its cluster's REST interface is reached
   */
  static void awaitTwoCheckpoints(JobClient job, Configuration cluster) throws IOException {
    int before = checkpoints(job, cluster);
    // One may have begun before now.
    await().atMost(PATIENCE).until(() -> checkpoints(job, cluster) >= before + 3);
  }

  private static int checkpoints(JobClient job, Configuration cluster) throws IOException {
    URI address =
        URI.create(
            "http://%s:%d/jobs/%s/checkpoints"
                .formatted(
                    cluster.get(RestOptions.ADDRESS),
                    cluster.get(RestOptions.PORT),
                    job.getJobID()));
    JsonNode answer;
    try (InputStream in = address.toURL().openStream()) {
      answer = new ObjectMapper().readTree(in);
    }
    return answer.required("counts").required("completed").asInt();
  }

  /**
   * Tries again while some task has not started, as a restored window runs rows before the others
   * do, or while the job comes back from a failure.
   */
  static String stopWithSavepoint(JobClient job, Path directory) {
    String target = directory.resolve("savepoints").toUri().toString();
    return await()
        .atMost(PATIENCE)
        .ignoreExceptionsMatching(
            e ->
                ExceptionUtils.stringifyException(e)
                    .matches("(?s).*(Not all required tasks|FailoverRegion is restarting).*"))
        .until(
            () ->
                job.stopWithSavepoint(false, target, SavepointFormatType.CANONICAL)
                    .get(2, TimeUnit.MINUTES),
            path -> true);
  }

  static void cancel(JobClient job) throws Exception {
    job.cancel().get(1, TimeUnit.MINUTES);
    await().atMost(PATIENCE).until(() -> job.getJobStatus().get().isGloballyTerminalState());
  }
}
