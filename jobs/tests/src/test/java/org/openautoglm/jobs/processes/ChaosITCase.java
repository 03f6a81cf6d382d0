package org.openautoglm.jobs.processes;

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
import org.openautoglm.jobs.configuration.KafkaConfiguration;

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

  static final Duration PATIENCE = Duration.ofMinutes(4);

  private static final int PER_SECOND = Integer.getInteger("chaos.per-second", 40);
  private static final int DISK_MIB = 1_500;

  private final int faults = Integer.getInteger("chaos.faults", 6);

  /** After so long no further fault begins. */
  private final Duration most = Duration.ofMinutes(Integer.getInteger("chaos.minutes", 600));

  /** Kinds to take, by name and separated by commas; all where none is named. */
  private final Set<String> only = Set.of(System.getProperty("chaos.kinds", "").split(",", -1));

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path directory;

  private BrokerProcess broker;
  private ProcessCluster cluster;
  private Optional<SmallDisk> disk = Optional.empty();
  private ChaosJob job;
  private CommittedAnswers answers;
  private Poison poison;

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
    disk = SmallDisk.mount(directory.resolve("cluster"), DISK_MIB);
    List<Fault> kinds = new ArrayList<>(List.of(Fault.values()));
    kinds.removeIf(kind -> !only.contains("") && !only.contains(kind.name()));
    // The certificates take a while to make.
    boolean needsTls = kinds.stream().limit(faults).anyMatch(Fault::needsTls);
    broker =
        needsTls
            ? BrokerProcess.startWithTls(directory.resolve("kafka"), directory.resolve("tls"))
            : BrokerProcess.start(directory.resolve("kafka"));
    kinds.removeIf(kind -> !kind.isPossible(this));
    cluster =
        ProcessCluster.startRoomy(
            directory.resolve("cluster"), TASK_MANAGERS, directory.resolve("crashes"));
    job = new ChaosJob(cluster, broker, directory);
    KafkaConfiguration.Topics topics = job.usual().kafka().topics();
    answers = new CommittedAnswers(broker.bootstrapServers(), topics);
    poison = new Poison(Map.of("bootstrap.servers", broker.bootstrapServers()), topics.prompts());
    Recoveries recoveries = new Recoveries(faults);
    int published;
    try (Load load = new Load(broker.bootstrapServers(), topics.prompts(), PER_SECOND)) {
      job.start();
      answers.awaitNew(PATIENCE);
      long endNs = System.nanoTime() + most.toNanos();
      for (int round = 0; round < faults && System.nanoTime() < endNs; round++) {
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
    new ConservationLaw(job.usual()).holds(published + poison.published());
    cluster.cancel();
    answers.compare(published);
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

  ChaosJob job() {
    return job;
  }

  CommittedAnswers answers() {
    return answers;
  }
}
