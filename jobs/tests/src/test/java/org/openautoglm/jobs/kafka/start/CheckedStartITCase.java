package org.openautoglm.jobs.kafka.start;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.ExceptionUtils;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.kafka.KafkaEnds;
import org.openautoglm.jobs.local.SharedBroker;
import org.openautoglm.schemas.flow.PromptRecord;

/** Which starts of a job are let through, on a real broker; what is read is only counted. */
@ExtendWith(SharedBroker.class)
@Timeout(180)
class CheckedStartITCase {
  private static final Map<String, Queue<String>> READ = new ConcurrentHashMap<>();
  private static final StartOptions FRESH = new StartOptions(true, "");

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(3)
              .build());

  @TempDir Path directory;

  private final String bootstrap;
  private final Map<String, String> topics;
  private final List<JobClient> jobs = new ArrayList<>();
  private final Map<JobClient, String> names = new HashMap<>();
  private String name;

  CheckedStartITCase(SharedBroker broker) {
    bootstrap = broker.bootstrapServers();
    topics =
        broker.newTopics(
            Map.of("prompts", 2, "results", 1, "others", 1, "audit", 1, "dead-letters", 1));
  }

  @BeforeEach
  void name() {
    name = "of-" + topics.get("prompts");
  }

  @AfterEach
  void endAll() throws Exception {
    for (JobClient job : jobs) {
      if (!job.getJobStatus().get().isGloballyTerminalState()) {
        end(job);
      }
    }
  }

  @Test
  void withoutStateOnlyWhereNothingWasReadUnlessItIsFresh() throws Exception {
    publish(20);
    String savepoint = stop(start(name, "results", StartOptions.USUAL, Optional.empty()), 22);
    publish(10);

    assertThat(refusal(start(name, "results", StartOptions.USUAL, Optional.empty())))
        .contains("group " + name + " has read before")
        .contains(topics.get("prompts") + "-0 up to ")
        .contains("--resume")
        .contains("--fresh");
    assertThat(READ.get(name)).as("nothing was read by it").hasSize(22);

    JobClient resumed = start(name, "results", StartOptions.USUAL, Optional.of(savepoint));
    awaitRead(name, 32);
    assertThat(READ.get(name)).as("each once").doesNotHaveDuplicates();
    stop(resumed, 34);
    publish(6);
    start(name, "results", FRESH, Optional.empty());
    awaitRead(name, 40);
    assertThat(READ.get(name)).as("not from the beginning").containsOnlyOnce("0-0", "1-0");
  }

  @Test
  void fromItsOwnStateAlone() throws Exception {
    publish(4);
    String savepoint = stop(start(name, "results", StartOptions.USUAL, Optional.empty()), 6);
    String other = name + "-b";
    publish(4);

    assertThat(refusal(start(other, "results", StartOptions.USUAL, Optional.of(savepoint))))
        .contains("is of job " + name + ", and this is job " + other)
        .contains("--renamed-from " + name);

    StartOptions renamed = new StartOptions(false, name);
    JobClient onward = start(other, "results", renamed, Optional.of(savepoint));
    awaitRead(other, 4);
    String again = stop(onward, 6);
    publish(2);
    start(other, "results", StartOptions.USUAL, Optional.of(again));
    awaitRead(other, 8);
    assertThat(READ.get(other)).as("each once").doesNotHaveDuplicates();
  }

  @Test
  void notOnATopicMadeAnew() throws Exception {
    publish(20);
    String savepoint = stop(start(name, "results", StartOptions.USUAL, Optional.empty()), 22);
    makeAnew(topics.get("prompts"));
    publish(50);

    assertThat(refusal(start(name, "results", StartOptions.USUAL, Optional.of(savepoint))))
        .contains("topic " + topics.get("prompts") + " was made anew")
        .contains("--fresh");
    assertThat(READ.get(name)).as("nothing was read by it").hasSize(22);

    READ.get(name).clear();
    start(name, "results", FRESH, Optional.empty());
    awaitRead(name, 50);
  }

  @Test
  void seesATopicMadeAnewUnderTheRunningJob() throws Exception {
    publish(20);
    JobClient job = start(name, "results", StartOptions.USUAL, Optional.empty());
    awaitRead(name, 20);
    makeAnew(topics.get("prompts"));

    // Whoever notices it first, the enumerator or a reader.
    assertThat(refusal(job)).contains(topics.get("prompts")).contains("was made anew");
  }

  @Test
  void notBesideAnotherOfItsNameOrOfBothItsEnds() throws Exception {
    publish(8);
    JobClient first = start(name, "results", StartOptions.USUAL, Optional.empty());
    awaitRead(name, 8);

    JobClient second = start(name, "others", FRESH, Optional.empty());
    JobClient sameEnds = start(name + "-b", "results", StartOptions.USUAL, Optional.empty());
    assertThat(refusal(second))
        .contains("job " + name + ", which runs since")
        .contains("its consumer group");
    assertThat(refusal(sameEnds))
        .contains("job " + name)
        .contains("each prompt would have two results");

    assertThat(SharedPrompts.words(configuration(name + "-canary", "others")).orElseThrow())
        .contains("job " + name + " reads " + topics.get("prompts") + " too, into other topics");
    start(name + "-canary", "others", StartOptions.USUAL, Optional.empty());
    awaitRead(name + "-canary", 8);
    assertThat(first.getJobStatus().get()).isEqualTo(JobStatus.RUNNING);
    stop(first, 10);
    start(name, "results", FRESH, Optional.empty());
    publish(2);
    awaitRead(name, 12);
  }

  @Test
  void saysNothingOfAStartBeforeTheFirstCheckpoint() throws Exception {
    JobClient first = start(name, "results", StartOptions.USUAL, Optional.empty());
    await().until(() -> first.getJobStatus().get() == JobStatus.RUNNING);
    end(first);
    publish(3);
    start(name, "results", StartOptions.USUAL, Optional.empty());
    awaitRead(name, 3);
  }

  private void publish(int records) throws Exception {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrap),
            new StringSerializer(),
            new StringSerializer())) {
      for (int i = 0; i < records; i++) {
        producer.send(new ProducerRecord<>(topics.get("prompts"), i % 2, null, "p")).get();
      }
    }
  }

  private void makeAnew(String topic) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      admin.deleteTopics(Set.of(topic)).all().get();
      await()
          .ignoreExceptions()
          .until(
              () -> {
                admin.createTopics(Set.of(new NewTopic(topic, 2, (short) 1))).all().get();
                return true;
              });
    }
  }

  private JobConfiguration configuration(String name, String results) throws Exception {
    return ConfigurationFile.parse(
        """
            name: %s
            kafka:
              bootstrap_servers: %s
              topics: {prompts: %s, results: %s, audit: %s, dead_letters: %s}
            models: [{model_name: m, task_type: embedding, path: p}]
            """
            .formatted(
                name,
                bootstrap,
                topics.get("prompts"),
                topics.get(results),
                topics.get("audit"),
                topics.get("dead-letters")),
        Map.of());
  }

  private JobClient start(
      String name, String results, StartOptions options, Optional<String> savepoint)
      throws Exception {
    JobConfiguration job = configuration(name, results);
    Configuration flink = new Configuration();
    flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(100));
    flink.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.DELETE_ON_CANCELLATION);
    flink.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
    savepoint.ifPresent(path -> flink.set(StateRecoveryOptions.SAVEPOINT_PATH, path));
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(flink);
    env.setParallelism(1);
    READ.putIfAbsent(name, new ConcurrentLinkedQueue<>());
    env.fromSource(
            KafkaEnds.of(job, options).prompts(), WatermarkStrategy.noWatermarks(), "prompts")
        .uid("prompts")
        .map(record -> noted(name, record))
        .uid("noted")
        .sinkTo(new DiscardingSink<>())
        .uid("nowhere");
    JobClient client = env.executeAsync(name);
    jobs.add(client);
    names.put(client, name);
    return client;
  }

  private static PromptRecord noted(String name, PromptRecord record) {
    READ.get(name).add(record.getSource().getPartition() + "-" + record.getSource().getOffset());
    return record;
  }

  /** Waits until so many different records were read. */
  private static void awaitRead(String name, int records) {
    await().atMost(Duration.ofMinutes(1)).until(() -> Set.copyOf(READ.get(name)).size() >= records);
    assertThat(Set.copyOf(READ.get(name))).hasSize(records);
  }

  /**
   * With a savepoint, when the group has offsets, for which no further records are needed, and so
   * many records are read, two more among them.
   */
  private String stop(JobClient job, int records) throws Exception {
    String group = names.get(job);
    await().atMost(Duration.ofMinutes(1)).until(() -> !READ.get(group).isEmpty());
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      await()
          .atMost(Duration.ofMinutes(1))
          .until(
              () ->
                  !admin
                      .listConsumerGroupOffsets(group)
                      .partitionsToOffsetAndMetadata()
                      .get()
                      .isEmpty());
    }
    publish(2);
    awaitRead(group, records);
    return job.stopWithSavepoint(
            false, directory.resolve("savepoints").toString(), SavepointFormatType.CANONICAL)
        .get(1, TimeUnit.MINUTES);
  }

  private static void end(JobClient job) throws Exception {
    job.cancel().get(1, TimeUnit.MINUTES);
    await().until(() -> job.getJobStatus().get().isGloballyTerminalState());
  }

  /** Why a job has ended; it must not try again and again. */
  private static String refusal(JobClient job) throws Exception {
    await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> job.getJobStatus().get().isGloballyTerminalState());
    assertThat(job.getJobStatus().get()).isEqualTo(JobStatus.FAILED);
    try {
      job.getJobExecutionResult().get(1, TimeUnit.MINUTES);
      throw new AssertionError("it did not fail");
    } catch (ExecutionException e) {
      return ExceptionUtils.stringifyException(e);
    }
  }
}
