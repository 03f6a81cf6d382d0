package org.openautoglm.jobs.law;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.local.LocalCluster;
import org.openautoglm.jobs.local.SharedBroker;
import org.openautoglm.jobs.topology.InferenceJob;
import org.openautoglm.operators.inference.onnx.OnnxFailureClassifier;
import org.openautoglm.operators.testing.TestModels;

/**
 * A task that fails comes back to its models as they lie in memory. Prints how long it took from
 * the prompt that brought the task down to its committed answer. Twice here; more often with {@code
 * -Drecovery.failures=20}, and with {@code -Drecovery.keep-loaded=0ms} as it was when every restart
 * loaded the models anew.
 */
@ExtendWith(SharedBroker.class)
class TaskFailureITCase {
  private static final int FAILURES = Integer.getInteger("recovery.failures", 2);
  private static final String KEEP = System.getProperty("recovery.keep-loaded", "1m");
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final TestTopics topics;

  TaskFailureITCase(SharedBroker broker) {
    topics = new TestTopics(broker);
  }

  @Test
  void aRestartTakesTheModelsOver(@TempDir Path directory) throws Exception {
    CrashingModel.reset();
    List<Double> seconds = new ArrayList<>();
    try (LocalCluster cluster = LocalCluster.start(directory, 0, 1);
        KafkaProducer<byte[], byte[]> producer = topics.producer();
        KafkaConsumer<byte[], byte[]> results = topics.committed(topics.results())) {
      cluster.submit(
          (env, job) -> {
            InferenceJob.define(env, job, new CrashingModel(), new OnnxFailureClassifier());
            // As after a long time without a failure, whatever the number of this one.
            Configuration restarts = new Configuration();
            restarts.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
            restarts.set(
                RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(500));
            restarts.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 1_000);
            env.configure(restarts);
          },
          topics.configuration(model()));
      answered("warm", producer, results);
      for (int failure = 1; failure <= FAILURES; failure++) {
        CrashingModel.crashNext();
        long startNs = System.nanoTime();
        answered("after-" + failure, producer, results);
        seconds.add((System.nanoTime() - startNs) / 1e9);
        System.out.printf(
            "task failure %d/%d: answered after %.1f s%n",
            failure, FAILURES, seconds.get(failure - 1));
      }
    }
    System.out.printf(
        "task failures, keep_loaded %s: p50 %.1f s%n",
        KEEP, seconds.stream().sorted().skip(FAILURES / 2).findFirst().orElseThrow());
    assertThat(CrashingModel.crashes()).isEqualTo(FAILURES);
    assertThat(CrashingModel.enginesLoaded()).isEqualTo(KEEP.equals("0ms") ? 1 + FAILURES : 1);
  }

  private void answered(
      String id, KafkaProducer<byte[], byte[]> producer, KafkaConsumer<byte[], byte[]> results) {
    String prompt =
        "{\"request_id\":\"%s\",\"model_id\":\"bge-small-zh\",\"inputs\":[\"流处理\"]}".formatted(id);
    var unused = producer.send(new ProducerRecord<>(topics.prompts(), prompt.getBytes(UTF_8)));
    producer.flush();
    long giveUpNs = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < giveUpNs) {
      for (ConsumerRecord<byte[], byte[]> result : results.poll(Duration.ofMillis(50))) {
        if (new String(result.value(), UTF_8).contains('"' + id + '"')) {
          return;
        }
      }
    }
    throw new AssertionError("no answer to " + id + " within " + PATIENCE);
  }

  private static String model() {
    return "- {model_name: bge-small-zh, task_type: embedding, path: '%s', device: cpu, keep_loaded: %s}"
        .formatted(TestModels.bgeSmallZh(), KEEP);
  }
}
