package org.openautoglm.jobs.law;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.FileUtils;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openautoglm.jobs.configuration.KafkaConfiguration.Topics;
import org.openautoglm.jobs.local.EmbeddedBroker;

/**
 * The job goes on from the savepoints that earlier versions made, at another parallelism, with
 * requests that these had read but not answered: what they had answered is not answered again, all
 * else is, once.
 *
 * <p>A version's savepoint is made once, when it is released, and kept for ever:
 *
 * <pre>
 * mvn verify -Dtest=none -Dsurefire.failIfNoSpecifiedTests=false -Dit.test=EarlierSavepointITCase \
 *   -Dfailsafe.failIfNoSpecifiedTests=false -Dsavepoint.version=0.2
 * </pre>
 *
 * <p>writes it to {@code src/test/resources/savepoints/0.2}. It is made while the model answers
 * nothing, some checkpoints after its last answer, so that no transaction is in it that only the
 * broker of that day knows: a new broker has the same prompts at the same offsets, and that is all
 * that the savepoint asks of one. A version that cannot read an earlier one is a break to be
 * announced, with a version between the two that people must pass through.
 */
class EarlierSavepointITCase {
  private static final Path KEPT = Path.of("src", "test", "resources", "savepoints");
  private static final String ANSWERED = "answered.txt";
  private static final int PARTITIONS = 2;
  private static final int RECORDS = 240;
  private static final int ROWS_BEFORE = 100;
  private static final Topics TOPICS = new Topics("prompts", "results", "audit", "dead-letters");
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** Many checkpoints long. */
  private static final Duration QUIET = Duration.ofSeconds(5);

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(2)
              .build());

  @TempDir private Path directory;

  private EmbeddedBroker broker;
  private Ledger ledger;
  private JobClient job;

  @BeforeEach
  void start() throws Exception {
    FingerprintModel.reset();
    broker = EmbeddedBroker.start();
    broker.createTopics(
        Stream.of(TOPICS.prompts(), TOPICS.results(), TOPICS.audit(), TOPICS.deadLetters())
            .collect(Collectors.toMap(Function.identity(), name -> PARTITIONS)));
    ledger = new Ledger(broker.bootstrapServers(), TOPICS);
    publish();
  }

  /** Ends the job before its broker. */
  @AfterEach
  void stop() throws Exception {
    FingerprintModel.release();
    if (job != null && !job.getJobStatus().get().isGloballyTerminalState()) {
      LawJob.cancel(job);
    }
    broker.close();
  }

  static List<String> versions() throws Exception {
    try (Stream<Path> kept = Files.list(KEPT)) {
      return kept.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void goesOnFromTheSavepointOf(String version) throws Exception {
    Path savepoint = KEPT.resolve(version);
    Set<String> answered = new TreeSet<>(Files.readAllLines(savepoint.resolve(ANSWERED)));
    assertThat(answered).hasSizeBetween(1, RECORDS - 1);
    Path copy = directory.resolve("savepoint");
    copy(savepoint.toUri().toString(), copy);

    submit(2, Optional.of(copy.toUri().toString()), keyGroups(savepoint));
    await().atMost(PATIENCE).until(() -> ledger.audited() >= RECORDS - answered.size());
    LawJob.awaitTwoCheckpoints(job, CLUSTER.getClientConfiguration());
    LawJob.cancel(job);
    ledger.balance(RECORDS, answered, i -> i % PARTITIONS + "-" + i / PARTITIONS);
  }

  @Test
  @EnabledIfSystemProperty(named = "savepoint.version", matches = ".+")
  void makesASavepointToKeep() throws Exception {
    FingerprintModel.holdAfter(ROWS_BEFORE);
    submit(1, Optional.empty(), OptionalInt.empty());
    await().atMost(PATIENCE).until(() -> ledger.audited() > 0);
    int[] before = {-1};
    await()
        .atMost(PATIENCE)
        .pollInterval(QUIET)
        .until(() -> before[0] == (before[0] = ledger.audited()));
    String made = LawJob.stopWithSavepoint(job, directory);
    Set<String> answered = ledger.audits().keySet();
    assertThat(answered).hasSizeBetween(1, RECORDS - 1);
    Path kept = KEPT.resolve(System.getProperty("savepoint.version"));
    Files.createDirectories(KEPT);
    copy(made, kept);
    Files.write(kept.resolve(ANSWERED), answered);
  }

  /** The first ones were made by a test that had fewer than production has. */
  private static OptionalInt keyGroups(Path savepoint) {
    return savepoint.endsWith("0.1") ? OptionalInt.of(128) : OptionalInt.empty();
  }

  private void submit(int parallelism, Optional<String> savepoint, OptionalInt keyGroups)
      throws Exception {
    LawJob.Served served = LawJob.Served.fingerprints();
    job =
        LawJob.submit(
            LawJob.configuration(
                broker.bootstrapServers(), TOPICS, "exactly_once", parallelism, served),
            directory,
            savepoint,
            served,
            keyGroups);
  }

  private static void copy(String from, Path to) throws Exception {
    FileUtils.copy(
        new org.apache.flink.core.fs.Path(from),
        new org.apache.flink.core.fs.Path(to.toUri()),
        false);
  }

  private void publish() throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers(), "acks", "all"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < RECORDS; i++) {
        producer.send(PromptCorpus.entry(i).toRecord(TOPICS.prompts(), i % PARTITIONS)).get();
      }
    }
  }
}
