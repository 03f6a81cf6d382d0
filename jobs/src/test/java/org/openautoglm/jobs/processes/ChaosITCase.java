package org.openautoglm.jobs.processes;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.operators.inference.model.TestModels;
import org.openautoglm.operators.inference.model.TinyDecoder;
import org.openautoglm.operators.inference.model.TinyDecoderWeights;

/**
 * The conservation law on a cluster of processes and a broker's process, under load that embeds and
 * generates, while one after the other dies, freezes or vanishes. The first few faults here; all
 * kinds again and again with {@code -Dchaos.faults=21}. Prints for each how long it took until a
 * prompt that was published after the fault had its answer committed.
 */
@EnabledOnOs(OS.LINUX)
class ChaosITCase {
  static final int TASK_MANAGERS = 2;

  private static final int PER_SECOND = Integer.getInteger("chaos.per-second", 40);
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  private final int faults = Integer.getInteger("chaos.faults", 4);

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path directory;

  private BrokerProcess broker;
  private ProcessCluster cluster;

  /** Three or four of the four slots, so that no TaskManager is ever without work. */
  private int parallelism = 4;

  @AfterEach
  void stop() throws Exception {
    if (cluster != null) {
      cluster.close();
    }
    if (broker != null) {
      broker.close();
    }
  }

  @Test
  void nothingIsLostAndNothingDoubled() throws Exception {
    new TinyDecoder(TinyDecoderWeights.TINY, TinyDecoder.Form.CANONICAL).write(model());
    broker = BrokerProcess.start(directory.resolve("kafka"));
    cluster = ProcessCluster.start(directory.resolve("cluster"), TASK_MANAGERS);
    JobConfiguration job = configuration();
    CommittedAnswers answers =
        new CommittedAnswers(broker.bootstrapServers(), job.kafka().topics());
    List<String> report = new ArrayList<>();
    List<Fault> kinds = List.of(Fault.values());
    int published;
    try (Load load =
        new Load(broker.bootstrapServers(), job.kafka().topics().prompts(), PER_SECOND)) {
      cluster.submit(job, Optional.empty());
      answers.awaitNew(PATIENCE);
      for (int round = 0; round < faults; round++) {
        Fault fault = kinds.get(round % kinds.size());
        cluster.awaitWhole();
        long startNs = System.nanoTime();
        fault.strike(this, round);
        double lastedS = (System.nanoTime() - startNs) / 1e9;
        answers.awaitNew(PATIENCE);
        report.add(
            "chaos %d/%d: %s lasted %.1f s, new answers after %.1f s"
                .formatted(round + 1, faults, fault, lastedS, (System.nanoTime() - startNs) / 1e9));
        System.out.println(report.get(round));
      }
      published = load.stop();
    }
    answers.awaitAudited(published, PATIENCE);
    cluster.cancel();
    answers.balance(published);
    System.out.println("chaos: " + published + " prompts, each with its one outcome");
  }

  BrokerProcess broker() {
    return broker;
  }

  ProcessCluster cluster() {
    return cluster;
  }

  /** The directory of the model that generates. */
  Path model() {
    return directory.resolve("writer");
  }

  /** Ends the job with a savepoint and goes on from it, at 3 where it was 4 and the reverse. */
  void upgrade() throws Exception {
    String savepoint = cluster.stopWithSavepoint();
    parallelism = 7 - parallelism;
    cluster.submit(configuration(), Optional.of(savepoint));
  }

  private JobConfiguration configuration() throws Exception {
    return ConfigurationFile.parse(
        """
        kafka: {bootstrap_servers: '%s', transactional_id_prefix: chaos}
        checkpoint_interval: 500ms
        parallelism: %d
        models:
          - {model_name: %s, task_type: embedding, path: '%s', device: cpu, shards: 4}
          - {model_name: %s, task_type: text_generation, path: '%s', device: cpu, shards: 4,
             generation: {max_new_tokens: 16, context_tokens: 64, slots: 8, kv_cache_bytes: 4194304}}
        """
            .formatted(
                broker.bootstrapServers(),
                parallelism,
                Prompts.EMBEDDER,
                TestModels.bgeSmallZh(),
                Prompts.WRITER,
                model()),
        Map.of());
  }
}
