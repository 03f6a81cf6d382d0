package org.openautoglm.jobs.processes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.configuration.JobConfiguration;

/**
 * The same work on one TaskManager of one core and on two: prompts per second, and their ratio. Run
 * on purpose, on an idle machine, with {@code -Dscale.prompts=12000}; the broker and the JobManager
 * share the cores.
 */
@EnabledIfSystemProperty(named = "scale.prompts", matches = "\\d+")
class ScaleITCase {
  private static final int PROMPTS = Integer.getInteger("scale.prompts", 12_000);
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
   * Between the first fifth of the answers, when everything is compiled and loaded, and the last,
   * by when they were sent: they become visible in bursts.
   */
  private double promptsPerSecond(int taskManagers) throws Exception {
    Path place = directory.resolve("with-" + taskManagers);
    try (BrokerProcess broker = BrokerProcess.start(place.resolve("kafka"));
        ProcessCluster cluster =
            ProcessCluster.startPinned(place.resolve("cluster"), taskManagers)) {
      JobConfiguration job = Prompts.embeddingJob(broker, "cpu", taskManagers);
      publish(broker, job.kafka().topics().prompts());
      CommittedAnswers answers =
          new CommittedAnswers(broker.bootstrapServers(), job.kafka().topics());
      cluster.submit(job, Optional.empty());
      answers.awaitAudited(PROMPTS / WARM, PATIENCE);
      long startNs = System.nanoTime();
      Duration before = cluster.taskManagersCpu();
      answers.awaitAudited(PROMPTS, PATIENCE);
      double cores =
          (double) cluster.taskManagersCpu().minus(before).toNanos()
              / (System.nanoTime() - startNs);
      System.out.printf(
          "scale: %d TaskManager(s), which had %.2f cores' time%n", taskManagers, cores);
      System.out.printf(
          "scale: %d TaskManager(s), Flink's account of checkpoints %s%n",
          taskManagers, cluster.checkpoints().required("summary"));
      System.out.printf(
          "scale: %d TaskManager(s), %d checkpoints, %d transactions' markers in audit%n",
          taskManagers,
          cluster.checkpoints().required("counts").required("completed").asInt(),
          answers.markers(job.kafka().topics().audit()));
      cluster.cancel();
      List<Long> sentMs = answers.auditedAtMs();
      int first = PROMPTS / WARM;
      return (PROMPTS - 1 - first) * 1000.0 / (sentMs.get(PROMPTS - 1) - sentMs.get(first));
    }
  }

  private static void publish(BrokerProcess broker, String topic) {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers(), "acks", "all"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < PROMPTS; i++) {
        // All embedded, one after the other on the two partitions, each with all lengths.
        ProducerRecord<byte[], byte[]> prompt = Prompts.record(topic, 2 * i);
        var unused =
            producer.send(new ProducerRecord<>(topic, i % 2, prompt.key(), prompt.value()));
      }
    }
  }
}
