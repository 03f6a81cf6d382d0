package org.openautoglm.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openautoglm.jobs.local.SharedBroker;

/** What an operator sees and does after a disaster. */
@ExtendWith(SharedBroker.class)
class TransactionsCommandTest {
  private final SharedBroker broker;
  private final String topic;
  private final List<KafkaProducer<byte[], byte[]>> producers = new ArrayList<>();

  TransactionsCommandTest(SharedBroker broker) {
    this.broker = broker;
    topic = broker.newTopic("left", 1);
  }

  @AfterEach
  void close() {
    producers.forEach(producer -> producer.close(Duration.ZERO));
  }

  @Test
  void listsWhatTheJobLeftOpenAndNobodyElses() throws Exception {
    String own = open(topic + "-answers-0-1");
    open(topic + "-answers-foo");
    CommandRun table = run("list");
    assertThat(table.code()).isZero();
    assertThat(table.out().lines().skip(1))
        .singleElement()
        .asString()
        .startsWith(own)
        .contains("Ongoing", topic + "-0");
    assertThat(table.err()).contains("1 open transaction(s) of " + topic);

    JsonNode json = new ObjectMapper().readTree(run("list", "--json").out());
    assertThat(json).hasSize(1);
    assertThat(json.get(0).path("id").asText()).isEqualTo(own);
    assertThat(json.get(0).path("timeout_ms").asLong()).isEqualTo(60_000);
    assertThat(json.get(0).path("hanging").asBoolean(true)).isFalse();
    assertThat(json.get(0).path("partitions").get(0).asText()).isEqualTo(topic + "-0");
  }

  @Test
  void abortsThemAndLeavesOnRecordThatItDid() throws Exception {
    String first = open(topic + "-answers-0-1");
    String second = open(topic + "-refusals-1-0");
    String foreign = open(topic + "-answers-2-answers-0-1");
    CommandRun one = run("abort", second);
    assertThat(one.code()).isZero();
    assertThat(one.out().strip()).isEqualTo(second);
    assertThat(one.err()).contains("no cluster could be asked whether the job runs");
    awaitEnd(second);
    assertThat(state(first)).isEqualTo(TransactionState.ONGOING);

    assertThat(run("abort", "--all").out().strip()).isEqualTo(first);
    awaitEnd(first);
    assertThat(state(foreign)).isEqualTo(TransactionState.ONGOING);
    assertThat(run("list").out()).isEmpty();
  }

  @Test
  void refusesWhatIsNotTheJobsAndWhatIsNotSaid() {
    CommandRun foreign = run("abort", topic + "-answers-foo");
    assertThat(foreign.code()).isEqualTo(1);
    assertThat(foreign.err()).contains(topic + "-answers-foo is no open transaction of " + topic);
    assertThat(run("abort").code()).isEqualTo(2);
    assertThat(run("abort", "--all", "x").code()).isEqualTo(2);
  }

  private CommandRun run(String... words) {
    List<String> all = new ArrayList<>(List.of("transactions"));
    all.addAll(List.of(words));
    all.addAll(List.of("--bootstrap", broker.bootstrapServers(), "--prefix", topic));
    if (words[0].equals("abort")) {
      // Nothing listens there.
      all.addAll(List.of("--cluster", "http://127.0.0.1:9"));
    }
    return CommandRun.of(all.toArray(String[]::new));
  }

  private String open(String id) throws Exception {
    KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers(), "transactional.id", id),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    producers.add(producer);
    producer.initTransactions();
    producer.beginTransaction();
    producer.send(new ProducerRecord<>(topic, id.getBytes(UTF_8))).get();
    return id;
  }

  /** The coordinator writes the markers after it has answered. */
  private void awaitEnd(String id) {
    await().until(() -> state(id) == TransactionState.COMPLETE_ABORT);
  }

  private TransactionState state(String id) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      return admin.describeTransactions(List.of(id)).description(id).get().state();
    }
  }
}
