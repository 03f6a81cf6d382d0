package org.openautoglm.jobs.law;

import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ExceptionUtils;
import org.openautoglm.jobs.configuration.JobConfiguration.Delivery;
import org.openautoglm.jobs.configuration.KafkaConfiguration;
import org.openautoglm.jobs.configuration.KafkaConfiguration.Topics;
import org.openautoglm.jobs.kafka.KafkaEnds;
import org.openautoglm.jobs.topology.InferenceTopology;
import org.openautoglm.jobs.topology.TopologySpec;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.DevicePreference;
import org.openautoglm.operators.inference.EncoderSpec;
import org.openautoglm.operators.inference.FailureClassifier;
import org.openautoglm.operators.inference.ModelProvider;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RetrySpec;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.settlement.OutputBounds;
import org.openautoglm.operators.tracing.TracingSpec;
import org.openautoglm.schemas.request.RequestLimits;

/**
 * The production topology on a model of the test's, the fingerprint model for one; exactly once.
 */
final class LawJob {
  private static final int MAX_RESULT_BYTES = 1_000_000;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private LawJob() {}

  /**
   * What the job serves.
   *
   * @param model the only one
   * @param provider where it comes from
   * @param classifier what its failures mean
   */
  record Served(ModelSpec model, ModelProvider provider, FailureClassifier classifier) {
    static Served fingerprints() {
      return new Served(LawJob.model(), new FingerprintModel(), new FingerprintModel.Classifier());
    }
  }

  static JobClient submit(
      String bootstrapServers,
      Topics topics,
      int parallelism,
      Path directory,
      Optional<String> savepoint,
      Served served)
      throws Exception {
    Configuration flink = new Configuration();
    flink.set(StateBackendOptions.STATE_BACKEND, "rocksdb");
    flink.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
    flink.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        directory.resolve("checkpoints").toUri().toString());
    flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(300));
    flink.set(PipelineOptions.GENERIC_TYPES, false);
    flink.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
    flink.set(PipelineOptions.OBJECT_REUSE, true);
    flink.set(PipelineOptions.MAX_PARALLELISM, 128);
    flink.set(ExecutionOptions.BUFFER_TIMEOUT, Duration.ofMillis(5));
    flink.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
    flink.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF,
        Duration.ofMillis(100));
    flink.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF,
        Duration.ofSeconds(2));
    savepoint.ifPresent(path -> flink.set(StateRecoveryOptions.SAVEPOINT_PATH, path));
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(flink);
    env.setParallelism(parallelism);
    InferenceTopology.build(
        env,
        new TopologySpec(
            List.of(served.model()),
            served.provider(),
            served.classifier(),
            RequestLimits.DEFAULT,
            0,
            OutputBounds.fixed(MAX_RESULT_BYTES),
            false,
            TracingSpec.OFF),
        KafkaEnds.of(
            new KafkaConfiguration(
                bootstrapServers,
                topics,
                null,
                null,
                Duration.ofSeconds(10),
                "law",
                Map.of(),
                Map.of(),
                Map.of(),
                "law",
                Duration.ofMinutes(1),
                List.of()),
            Delivery.EXACTLY_ONCE,
            RequestLimits.DEFAULT.maxRecordBytes(),
            MAX_RESULT_BYTES));
    return env.executeAsync("conservation law");
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

  private static ModelSpec model() {
    return new ModelSpec(
        PromptCorpus.MODEL,
        TaskType.EMBEDDING,
        "unused",
        DevicePreference.CPU,
        2,
        EncoderSpec.FROM_MODEL,
        new BatchingSpec(16, 1024, 0, 512, BatchingSpec.Policy.FIRST_COME_FIRST_SERVED, 1000),
        new RetrySpec(3, 10, 100));
  }
}
