package org.openautoglm.jobs.processes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.operators.inference.model.TestModels;

/**
 * The same work on one TaskManager of one core and on two: prompts per second, and their ratio. Run
 * on purpose, on an idle machine, with {@code -Dscale.prompts=4000}; the broker and the JobManager
 * share the cores.
 */
@EnabledIfSystemProperty(named = "scale.prompts", matches = "\\d+")
class ScaleITCase {
  private static final int PROMPTS = Integer.getInteger("scale.prompts", 4000);
  private static final int WARM = 5;
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  @TempDir Path directory;

  @Test
  void twoTaskManagersDoMoreThanOne() throws Exception {
    double one = promptsPerSecond(1);
    double two = promptsPerSecond(2);
    System.out.printf("scale: 1 TaskManager %.1f/s, 2 %.1f/s, ratio %.2f%n", one, two, two / one);
    assertThat(two).isGreaterThan(one);
  }

  /**
   * Between the first fifth of the answers, when everything is compiled and loaded, and the last.
   */
  private double promptsPerSecond(int taskManagers) throws Exception {
    Path place = directory.resolve("with-" + taskManagers);
    try (BrokerProcess broker = BrokerProcess.start(place.resolve("kafka"));
        ProcessCluster cluster =
            ProcessCluster.startPinned(place.resolve("cluster"), taskManagers)) {
      JobConfiguration job = configuration(broker, taskManagers);
      publish(broker, job.kafka().topics().prompts());
      CommittedAnswers answers =
          new CommittedAnswers(broker.bootstrapServers(), job.kafka().topics());
      cluster.submit(job, Optional.empty());
      answers.awaitAudited(PROMPTS / WARM, PATIENCE);
      int before = answers.audited();
      long startNs = System.nanoTime();
      answers.awaitAudited(PROMPTS, PATIENCE);
      double seconds = (System.nanoTime() - startNs) / 1e9;
      cluster.cancel();
      return (PROMPTS - before) / seconds;
    }
  }

  private static void publish(BrokerProcess broker, String topic) {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers(), "acks", "all"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < PROMPTS; i++) {
        // All embedded, one after the other on the two partitions.
        ProducerRecord<byte[], byte[]> prompt = Prompts.record(topic, 20 * i);
        var unused =
            producer.send(new ProducerRecord<>(topic, i % 2, prompt.key(), prompt.value()));
      }
    }
  }

  private static JobConfiguration configuration(BrokerProcess broker, int parallelism)
      throws Exception {
    return ConfigurationFile.parse(
        """
        kafka: {bootstrap_servers: '%s'}
        checkpoint_interval: 500ms
        parallelism: %d
        models:
          - {model_name: %s, task_type: embedding, path: '%s', device: cpu, shards: 2}
        """
            .formatted(
                broker.bootstrapServers(), parallelism, Prompts.EMBEDDER, TestModels.bgeSmallZh()),
        Map.of());
  }
}
