package org.openautoglm.jobs.law;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.configuration.KafkaConfiguration.Topics;

/**
 * The conservation law, counted record by record on a real broker, read committed, for the job as
 * production configures it: nothing lost, nothing doubled, one audit event each, whatever happens
 * to the job or the broker meanwhile.
 */
abstract class ConservationTests {
  private static final int PARTITIONS = 2;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(2)
              .build());

  @TempDir Path directory;

  private final List<JobClient> jobs = new ArrayList<>();
  private TestBroker broker;
  private Topics topics;
  private Ledger ledger;

  /** The broker under test; started for each test, since some take it down. */
  abstract TestBroker startBroker() throws Exception;

  @BeforeEach
  void start() throws Exception {
    FingerprintModel.reset();
    broker = startBroker();
    topics = new Topics("prompts", "results", "audit", "dead-letters");
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      admin
          .createTopics(
              Stream.of(topics.prompts(), topics.results(), topics.audit(), topics.deadLetters())
                  .map(name -> new NewTopic(name, PARTITIONS, (short) 1))
                  .toList())
          .all()
          .get();
      awaitLeaders(admin);
    }
    ledger = new Ledger(broker.bootstrapServers(), topics);
  }

  /** A producer that finds some partitions without one may not come out of its retries. */
  private void awaitLeaders(Admin admin) {
    Map<TopicPartition, OffsetSpec> all = new HashMap<>();
    for (String topic : topics.names()) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        all.put(new TopicPartition(topic, partition), OffsetSpec.latest());
      }
    }
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() -> admin.listOffsets(all).all().get().size() == all.size());
  }

  /** Ends jobs before their broker, also those of a test that failed: they share the cluster. */
  @AfterEach
  void stop() throws Exception {
    for (JobClient job : jobs) {
      if (!job.getJobStatus().get().isGloballyTerminalState()) {
        LawJob.cancel(job);
      }
    }
    broker.close();
  }

  @Test
  void holdsAcrossTaskFailures() throws Exception {
    int records = 100_000;
    publish(0, records);
    FingerprintModel.crashEvery(20_000);
    JobClient job = submit(1, Optional.empty());
    awaitAudited(job, records);
    assertThat(FingerprintModel.crashes()).as("task failures").isGreaterThanOrEqualTo(3);
    LawJob.cancel(job);
    ledger.balance(records);
  }

  @Test
  void losesNothingAtLeastOnce() throws Exception {
    int records = 20_000;
    publish(0, records);
    FingerprintModel.crashEvery(3_000);
    JobClient job = submit("at_least_once", 2, Optional.empty());
    await().atMost(PATIENCE).until(() -> FingerprintModel.crashes() >= 3);
    // Else a machine too slow for a checkpoint between two of them would never come to an end.
    FingerprintModel.crashEvery(Long.MAX_VALUE);
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(2))
        .until(() -> ledger.audits().size() >= records);
    LawJob.awaitTwoCheckpoints(job, CLUSTER.getClientConfiguration());
    LawJob.cancel(job);
    ledger.balanceAtLeastOnce(records);
  }

  @Test
  void holdsAcrossSavepointsWithRescaling() throws Exception {
    int records = 12_000;
    FingerprintModel.microsPerBatch(4_000);
    publish(0, records / 3);
    JobClient one = submit(1, Optional.empty());
    awaitRows(500);
    String first = LawJob.stopWithSavepoint(one, directory);
    assertThat(ledger.audited())
        .as("requests in flight at the first savepoint")
        .isLessThan(records / 3);

    JobClient two = submit(2, Optional.of(first));
    publish(records / 3, 2 * records / 3);
    awaitRows(FingerprintModel.rows() + 1_000);
    String second = LawJob.stopWithSavepoint(two, directory);
    assertThat(ledger.audited())
        .as("requests in flight at the second savepoint")
        .isLessThan(records);

    JobClient last = submit(1, Optional.of(second));
    publish(2 * records / 3, records);
    awaitAudited(last, records);
    LawJob.cancel(last);
    ledger.balance(records);
  }

  @Test
  void holdsAcrossABrokerRestart() throws Exception {
    int records = 20_000;
    FingerprintModel.microsPerBatch(2_000);
    publish(0, records / 2);
    JobClient job = submit(2, Optional.empty());
    awaitRows(2_000);
    broker.stop();
    broker.resume();
    publish(records / 2, records);
    awaitAudited(job, records);
    LawJob.cancel(job);
    ledger.balance(records);
  }

  private void publish(int from, int to) throws Exception {
    Map<String, Object> properties =
        Map.of("bootstrap.servers", broker.bootstrapServers(), "acks", "all", "linger.ms", "20");
    AtomicReference<Exception> failure = new AtomicReference<>();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int i = from; i < to; i++) {
        var unused =
            producer.send(
                PromptCorpus.entry(i).toRecord(topics.prompts(), i % PARTITIONS),
                (metadata, e) -> failure.compareAndSet(null, e));
      }
    }
    if (failure.get() != null) {
      throw failure.get();
    }
  }

  private JobClient submit(int parallelism, Optional<String> savepoint) throws Exception {
    return submit("exactly_once", parallelism, savepoint);
  }

  private JobClient submit(String delivery, int parallelism, Optional<String> savepoint)
      throws Exception {
    LawJob.Served served = LawJob.Served.fingerprints();
    JobClient job =
        LawJob.submit(
            LawJob.configuration(broker.bootstrapServers(), topics, delivery, parallelism, served),
            directory,
            savepoint,
            served);
    jobs.add(job);
    return job;
  }

  /** And until what comes late has come, too. */
  private void awaitAudited(JobClient job, int records) throws Exception {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> ledger.audited() >= records);
    LawJob.awaitTwoCheckpoints(job, CLUSTER.getClientConfiguration());
  }

  private static void awaitRows(long rows) {
    await().atMost(PATIENCE).until(() -> FingerprintModel.rows() >= rows);
  }
}
