package org.openautoglm.jobs.processes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.kafka.start.StartOptions;
import org.openautoglm.jobs.reconcile.Bound;
import org.openautoglm.jobs.reconcile.Finding;
import org.openautoglm.jobs.reconcile.Progress;
import org.openautoglm.jobs.reconcile.ReconcileClients;
import org.openautoglm.jobs.reconcile.ReconcileRequest;
import org.openautoglm.jobs.reconcile.Reconciliation;
import org.openautoglm.jobs.reconcile.Summary;
import org.openautoglm.jobs.topology.InferenceJob;
import org.openautoglm.operators.inference.model.TestModels;
import org.openautoglm.operators.inference.model.TinyDecoder;
import org.openautoglm.operators.inference.model.TinyDecoderWeights;
import org.openautoglm.operators.inference.onnx.OnnxFailureClassifier;

/**
 * The conservation law on a cluster of processes and a broker's process, under load on three models
 * of different pace, while one after the other dies, freezes, hangs or vanishes; told by {@code
 * reconcile} at the end. The first few faults here; all kinds again and again with {@code
 * -Dchaos.faults=100}. Prints for each how long it took until a prompt that was published after the
 * fault had its answer committed, and the median of each kind.
 */
@EnabledOnOs(OS.LINUX)
class ChaosITCase {
  static final int TASK_MANAGERS = 2;

  /** How long a run may take on a device. */
  static final Duration RUN_MAX = Duration.ofSeconds(5);

  private static final int PER_SECOND = Integer.getInteger("chaos.per-second", 40);
  private static final int DISK_MIB = 1_500;
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  private final int faults = Integer.getInteger("chaos.faults", 6);

  /** Kinds to take, by name and separated by commas; all where none is named. */
  private final Set<String> only = Set.of(System.getProperty("chaos.kinds", "").split(",", -1));

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path directory;

  private BrokerProcess broker;
  private ProcessCluster cluster;
  private Optional<SmallDisk> disk = Optional.empty();
  private Poison poison;

  /** On each TaskManager there is room for the whole job, so that each is a spare of the other. */
  private int parallelism = 4;

  @AfterEach
  void stop() throws Exception {
    if (cluster != null) {
      cluster.close();
    }
    if (broker != null) {
      broker.close();
    }
    if (disk.isPresent()) {
      disk.get().close(directory.resolve("kept"));
    }
  }

  @Test
  void nothingIsLostAndNothingDoubled() throws Exception {
    new TinyDecoder(TinyDecoderWeights.TINY, TinyDecoder.Form.CANONICAL).write(model());
    new TinyDecoder(
            new TinyDecoderWeights(96, 4, 128, 4, 2, 32, 256, 256, 20), TinyDecoder.Form.CANONICAL)
        .write(directory.resolve("novelist"));
    Files.createDirectories(orders());
    disk = SmallDisk.mount(directory.resolve("cluster"), DISK_MIB);
    broker = BrokerProcess.start(directory.resolve("kafka"));
    cluster = ProcessCluster.startRoomy(directory.resolve("cluster"), TASK_MANAGERS);
    JobConfiguration job = configuration();
    String prompts = job.kafka().topics().prompts();
    CommittedAnswers answers =
        new CommittedAnswers(broker.bootstrapServers(), job.kafka().topics());
    poison = new Poison(Map.of("bootstrap.servers", broker.bootstrapServers()), prompts);
    Recoveries recoveries = new Recoveries(faults);
    List<Fault> kinds = new ArrayList<>(List.of(Fault.values()));
    kinds.removeIf(kind -> !only.contains("") && !only.contains(kind.name()));
    kinds.removeIf(kind -> !kind.isPossible(this));
    int published;
    try (Load load = new Load(broker.bootstrapServers(), prompts, PER_SECOND)) {
      submit(Optional.empty());
      answers.awaitNew(PATIENCE);
      for (int round = 0; round < faults; round++) {
        Fault fault = kinds.get(round % kinds.size());
        cluster.awaitWhole();
        long startNs = System.nanoTime();
        fault.strike(this);
        long struckNs = System.nanoTime();
        answers.awaitNew(PATIENCE);
        recoveries.add(fault, startNs, struckNs);
      }
      published = load.stop();
    }
    recoveries.print();
    answers.awaitAudited(published + poison.published(), PATIENCE);
    reconcile(job, published + poison.published());
    cluster.cancel();
    answers.compare(published);
  }

  /** Waits until every prompt has its one outcome, and the job's group has said that it read it. */
  private static void reconcile(JobConfiguration job, int published) throws IOException {
    ReconcileRequest request =
        new ReconcileRequest(
            ReconcileClients.of(job.kafka()),
            ReconcileRequest.Prompts.of(List.of(job.kafka().topics().prompts())),
            job.kafka().topics().results(),
            job.kafka().topics().audit(),
            job.kafka().topics().deadLetters(),
            job.kafka().groupId(),
            job.kafka().transactionalIdPrefix(),
            new Bound.AtEdge(),
            new Bound.AtEdge(),
            Set.of(),
            Duration.ofSeconds(60),
            false);
    List<Finding> findings = new ArrayList<>();
    try (Reconciliation reconciliation =
        new Reconciliation(request, Progress.NONE, ChaosITCase::pause)) {
      reconciliation.read();
      Summary summary = reconciliation.report(false, findings::add);
      System.out.printf(
          "chaos: %d prompts, %d with their one outcome; %s, %s%n",
          summary.records(), summary.ended(), summary.breaches(), summary.notes());
      assertThat(findings).as("prompts whose outcome is not as it must be").isEmpty();
      assertThat(summary.records()).isEqualTo(published);
      assertThat(summary.ended()).isEqualTo(published);
    }
  }

  private static boolean pause(Duration length) {
    await().pollDelay(length).atMost(length.plusSeconds(60)).until(() -> true);
    return false;
  }

  BrokerProcess broker() {
    return broker;
  }

  ProcessCluster cluster() {
    return cluster;
  }

  Optional<SmallDisk> disk() {
    return disk;
  }

  Poison poison() {
    return poison;
  }

  /** The directory of the model that generates. */
  Path model() {
    return directory.resolve("writer");
  }

  private Path orders() {
    return directory.resolve("orders");
  }

  /** Gives an order to the next engine that runs, and waits until it is taken. */
  void order(String order) throws IOException {
    Path file = Files.createFile(orders().resolve(order));
    await().atMost(PATIENCE).until(() -> !Files.exists(file));
  }

  /** Lets a run hang for as long as something takes. */
  void hang(Runnable meanwhile) throws IOException {
    Path hung = Files.createFile(orders().resolve(ChaosModels.HUNG));
    order(ChaosModels.HANG);
    meanwhile.run();
    Files.delete(hung);
  }

  /** Starts a job of the same name, without state, which must not run; what is said. */
  String refusal() throws Exception {
    String orders = orders().toString();
    return cluster.refusal(
        configuration(),
        (env, job) ->
            InferenceJob.define(env, job, new ChaosModels(orders), new OnnxFailureClassifier()),
        ChaosModels.classes());
  }

  /** Goes on with the job that has ended. */
  void goOn(String savepoint) throws Exception {
    submit(Optional.of(savepoint));
  }

  /** Ends the job with a savepoint and goes on from it, at 3 where it was 4 and the reverse. */
  void upgrade() throws Exception {
    String savepoint = cluster.stopWithSavepoint();
    parallelism = 7 - parallelism;
    submit(Optional.of(savepoint));
  }

  private void submit(Optional<String> savepoint) throws Exception {
    String orders = orders().toString();
    cluster.submit(
        configuration(),
        savepoint,
        StartOptions.USUAL,
        (env, job) ->
            InferenceJob.define(env, job, new ChaosModels(orders), new OnnxFailureClassifier()),
        ChaosModels.classes());
  }

  private JobConfiguration configuration() throws Exception {
    return ConfigurationFile.parse(
        """
        name: chaos
        kafka: {bootstrap_servers: '%s'}
        checkpoint_interval: 500ms
        parallelism: %d
        inference: {timeout: %ds}
        models:
          - {model_name: %s, task_type: embedding, path: '%s', device: cpu, shards: 4}
          - {model_name: %s, task_type: text_generation, path: '%s', device: cpu, shards: 4,
             generation: {max_new_tokens: 16, context_tokens: 64, slots: 8, kv_cache_bytes: 4194304}}
          - {model_name: %s, task_type: text_generation, path: '%s', device: cpu, shards: 2,
             generation: {max_new_tokens: 200, context_tokens: 256, slots: 8, kv_cache_bytes: 16777216}}
        """
            .formatted(
                broker.bootstrapServers(),
                parallelism,
                RUN_MAX.toSeconds(),
                Prompts.EMBEDDER,
                TestModels.bgeSmallZh(),
                Prompts.WRITER,
                model(),
                Prompts.NOVELIST,
                directory.resolve("novelist")),
        Map.of());
  }
}
