package org.openautoglm.jobs.processes;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.openautoglm.jobs.configuration.ConfigurationException;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.kafka.start.StartOptions;
import org.openautoglm.jobs.local.JobDefinition;
import org.openautoglm.jobs.topology.InferenceJob;
import org.openautoglm.operators.inference.model.TinyDecoder;
import org.openautoglm.operators.inference.model.TinyDecoderWeights;
import org.openautoglm.operators.inference.onnx.OnnxFailureClassifier;
import org.openautoglm.operators.testing.TestModels;

/** The job of three models that everything happens to, and what its operator may do with it. */
final class ChaosJob {
  static final String NAME = "chaos";

  /** How long a run may take on a device. */
  static final Duration RUN_MAX = Duration.ofSeconds(5);

  private static final Duration TRANSACTIONS_USUAL = Duration.ofMinutes(15);
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  private final ProcessCluster cluster;
  private final BrokerProcess broker;
  private final Path directory;

  /** On each TaskManager there is room for the whole job, so that each is a spare of the other. */
  private int parallelism = 4;

  /**
   * A job that does not run yet.
   *
   * @param directory where its models and their orders lie
   */
  ChaosJob(ProcessCluster cluster, BrokerProcess broker, Path directory) throws IOException {
    this.cluster = cluster;
    this.broker = broker;
    this.directory = directory;
    new TinyDecoder(TinyDecoderWeights.TINY, TinyDecoder.Form.CANONICAL).write(model());
    new TinyDecoder(
            new TinyDecoderWeights(96, 4, 128, 4, 2, 32, 256, 256, 20), TinyDecoder.Form.CANONICAL)
        .write(directory.resolve("novelist"));
    Files.createDirectories(orders());
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

  /** Starts it for the first time. */
  void start() throws Exception {
    submit(usual(), Optional.empty());
  }

  /** Goes on with the job that has ended. */
  void goOn(String savepoint) throws Exception {
    submit(usual(), Optional.of(savepoint));
  }

  /** Ends the job with a savepoint and goes on from it, at 3 where it was 4 and the reverse. */
  void upgrade() throws Exception {
    String savepoint = cluster.stopWithSavepoint();
    parallelism = 7 - parallelism;
    submit(usual(), Optional.of(savepoint));
  }

  /** Ends the job with a savepoint and goes on from it, with transactions that soon expire. */
  void hurryTransactions(Duration timeout) throws Exception {
    String savepoint = cluster.stopWithSavepoint();
    submit(configuration(timeout, Set.of()), Optional.of(savepoint));
  }

  /** Goes on from the newest checkpoint, without the answers of some transactions. */
  void resumeWithout(Collection<String> lostTransactions) throws Exception {
    String newest = cluster.newestKept(NAME).toUri().toString();
    submit(configuration(TRANSACTIONS_USUAL, lostTransactions), Optional.of(newest));
  }

  /** Starts a job of the same name, without state, which must not run; what is said. */
  String refusal() throws Exception {
    return cluster.refusal(usual(), definition(), ChaosModels.classes());
  }

  private void submit(JobConfiguration configuration, Optional<String> savepoint) throws Exception {
    cluster.submit(
        configuration, savepoint, StartOptions.USUAL, definition(), ChaosModels.classes());
  }

  private JobDefinition definition() {
    String orders = orders().toString();
    return (env, job) ->
        InferenceJob.define(env, job, new ChaosModels(orders), new OnnxFailureClassifier());
  }

  /** As it runs when nothing is the matter. */
  JobConfiguration usual() throws ConfigurationException {
    return configuration(TRANSACTIONS_USUAL, List.of());
  }

  private JobConfiguration configuration(Duration transactionTimeout, Collection<String> lost)
      throws ConfigurationException {
    return ConfigurationFile.parse(
        """
        name: %s
        kafka: {bootstrap_servers: '%s', transaction_timeout: %ds, lost_transactions: %s,
          properties: %s}
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
                NAME,
                broker.serversOfJob(),
                transactionTimeout.toSeconds(),
                List.copyOf(lost),
                broker.propertiesOfJob(),
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
