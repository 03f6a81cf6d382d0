package org.openautoglm.jobs.law;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
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
      cluster.submit(
          (env, job) ->
              InferenceJob.define(
                  env, job, new FingerprintModel(), new FingerprintModel.Classifier()),
          topics.configuration(
              "- {model_name: %s, task_type: embedding, path: unused, device: cpu}"
                  .formatted(PromptCorpus.MODEL)));
      prompts
          .send(
              new ProducerRecord<>(
                  topics.prompts(),
                  "{\"model_id\":\"%s\",\"inputs\":[\"好的\"]}"
                      .formatted(PromptCorpus.MODEL)
                      .getBytes(UTF_8)))
          .get();
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
