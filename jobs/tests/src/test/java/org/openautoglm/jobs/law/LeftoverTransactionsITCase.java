package org.openautoglm.jobs.law;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.cluster.FlinkRest;
import org.openautoglm.jobs.cluster.RunningJob;
import org.openautoglm.jobs.local.LocalCluster;
import org.openautoglm.jobs.local.SharedBroker;
import org.openautoglm.jobs.topology.InferenceJob;

/**
 * A job that starts ends the transactions that earlier runs of it left open, of more subtasks than
 * it has, and nobody else's, however much their ids look like its own.
 */
@ExtendWith(SharedBroker.class)
class LeftoverTransactionsITCase {
  private final SharedBroker broker;
  private final TestTopics topics;

  LeftoverTransactionsITCase(SharedBroker broker) {
    this.broker = broker;
    topics = new TestTopics(broker);
  }

  @Test
  void areEndedAtTheStartAndForeignOnesAreNot(@TempDir Path directory) throws Exception {
    FingerprintModel.reset();
    // The prefix of this job's ids is the name of its prompts topic.
    String prefix = topics.prompts();
    List<String> left =
        List.of(prefix + "-answers-0-0", prefix + "-answers-5-1", prefix + "-refusals-1-0");
    List<String> foreign =
        List.of(prefix + "-answers-foo", prefix + "-answers-2-answers-0-1", prefix + "-refusals");
    List<KafkaProducer<byte[], byte[]>> producers = new ArrayList<>();
    try (LocalCluster cluster = LocalCluster.start(directory, 0, 1);
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
        KafkaProducer<byte[], byte[]> prompts = topics.producer();
        KafkaConsumer<byte[], byte[]> committed = topics.committed(topics.results())) {
      left.forEach(id -> producers.add(open(id, topics.results())));
      foreign.forEach(id -> producers.add(open(id, topics.deadLetters())));
      submit(cluster, Optional.empty());
      publish(prompts, "first");
      // While one of them is open, nothing behind it is committed to readers.
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> !committed.poll(Duration.ofMillis(200)).isEmpty());
      var states = admin.describeTransactions(foreign).all().get();
      assertThat(states.values())
          .allSatisfy(id -> assertThat(id.state()).isEqualTo(TransactionState.ONGOING));
      assertThat(cluster.failures()).isEmpty();
    } finally {
      producers.forEach(producer -> producer.close(Duration.ZERO));
    }
  }

  /**
   * A savepoint of two subtasks under load; their process dies, and with it the transactions that
   * the load had begun since, under ids that the savepoint commits and others; one subtask goes on.
   */
  @Test
  void ofASubtaskThatIsNoMoreAreEndedToo(@TempDir Path directory) throws Exception {
    FingerprintModel.reset();
    String prefix = topics.prompts();
    List<String> left =
        Stream.of("-answers-0-0", "-answers-1-0", "-answers-1-1", "-answers-1-2")
            .flatMap(id -> Stream.of(id, id.replace("answers", "refusals")))
            .map(prefix::concat)
            .toList();
    List<KafkaProducer<byte[], byte[]>> producers = new ArrayList<>();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
        KafkaProducer<byte[], byte[]> prompts = topics.producer();
        KafkaConsumer<byte[], byte[]> committed = topics.committed(topics.results())) {
      String savepoint;
      try (LocalCluster two = LocalCluster.start(directory.resolve("two"), 0, 2)) {
        submit(two, Optional.empty());
        publish(prompts, "before");
        awaitResult(committed, "before");
        publish(prompts, "prepared");
        savepoint = savepoint(two, directory);
        awaitResult(committed, "prepared");
        publish(prompts, "since");
        awaitResult(committed, "since");
      }
      left.forEach(id -> producers.add(open(id, topics.results())));
      try (LocalCluster one = LocalCluster.start(directory.resolve("one"), 0, 1)) {
        submit(one, Optional.of(savepoint));
        publish(prompts, "after");
        awaitResult(committed, "after");
        List<String> ofNobody = left.stream().filter(id -> id.matches(".*-1-[0-9]")).toList();
        assertThat(admin.describeTransactions(ofNobody).all().get().values())
            .extracting(TransactionDescription::state)
            .containsOnly(TransactionState.EMPTY);
        assertThat(one.failures()).isEmpty();
      }
    } finally {
      producers.forEach(producer -> producer.close(Duration.ZERO));
    }
  }

  private void submit(LocalCluster cluster, Optional<String> savepoint) throws Exception {
    cluster.submit(
        (env, job) -> {
          Configuration start = new Configuration();
          savepoint.ifPresent(path -> start.set(StateRecoveryOptions.SAVEPOINT_PATH, path));
          env.configure(start);
          InferenceJob.define(env, job, new FingerprintModel(), new FingerprintModel.Classifier());
        },
        topics.configuration(
            "- {model_name: %s, task_type: embedding, path: unused, device: cpu, shards: 2}"
                .formatted(PromptCorpus.MODEL)));
  }

  private static String savepoint(LocalCluster cluster, Path directory) throws IOException {
    try (FlinkRest rest = FlinkRest.open(cluster.webPage().toString(), new Configuration())) {
      return rest.savepoint(
          RunningJob.of(rest, Optional.empty()),
          Optional.of(directory.resolve("savepoints").toUri().toString()),
          SavepointFormatType.CANONICAL,
          false);
    }
  }

  /** A prompt that is answered, and one for a model that nobody has, which is refused. */
  private void publish(KafkaProducer<byte[], byte[]> prompts, String id) throws Exception {
    for (String model : List.of(PromptCorpus.MODEL, "nobody")) {
      String prompt =
          "{\"request_id\":\"%s-%s\",\"model_id\":\"%s\",\"inputs\":[\"好的\"]}"
              .formatted(id, model, model);
      prompts.send(new ProducerRecord<>(topics.prompts(), prompt.getBytes(UTF_8))).get();
    }
  }

  /** Waits until readers of what is committed see both outcomes. */
  private static void awaitResult(KafkaConsumer<byte[], byte[]> committed, String id) {
    Set<String> missing = new HashSet<>(Set.of(id + "-" + PromptCorpus.MODEL, id + "-nobody"));
    await()
        .atMost(Duration.ofMinutes(1))
        .until(
            () -> {
              committed
                  .poll(Duration.ofMillis(100))
                  .forEach(result -> missing.remove(new String(result.key(), UTF_8)));
              return missing.isEmpty();
            });
  }

  private KafkaProducer<byte[], byte[]> open(String id, String topic) {
    KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers(), "transactional.id", id),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    producer.initTransactions();
    producer.beginTransaction();
    var unused = producer.send(new ProducerRecord<>(topic, id.getBytes(UTF_8)));
    producer.flush();
    return producer;
  }
}
