package org.openautoglm.jobs.law;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
import org.openautoglm.operators.testing.TestModels;
import org.openautoglm.schemas.corpus.BadRecord;
import org.openautoglm.schemas.corpus.BadRecords;
import org.openautoglm.schemas.wire.InferenceResult;

/**
 * Every bad record of the corpus through the whole job on a real model: the documented code, where
 * the contract says it stands, one audit event each, and no restart. Good records in between are
 * answered.
 */
@ExtendWith(SharedBroker.class)
class BadRecordsITCase {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String GOOD = "good-";

  private final TestTopics topics;

  BadRecordsITCase(SharedBroker broker) {
    topics = new TestTopics(broker);
  }

  /** What became of a record. */
  private record Outcome(String code, String message) {}

  @Test
  void eachGivesItsDocumentedCodeAndNoneRestartsTheJob(@TempDir Path directory) throws Exception {
    List<BadRecord> corpus = BadRecords.all();
    assertThat(corpus).hasSizeGreaterThan(80);
    try (LocalCluster cluster = LocalCluster.start(directory, 0, 1)) {
      cluster.submit(
          InferenceJob::define,
          topics.configuration(
              "- {model_name: bge-small-zh, task_type: embedding, path: '%s', device: cpu}"
                  .formatted(TestModels.bgeSmallZh())));
      publish(corpus);
      int published = corpus.size() * 2;
      Map<String, Outcome> outcomes = outcomes(published);
      for (BadRecord bad : corpus) {
        Outcome outcome = outcomes.get(bad.name());
        assertThat(outcome).as(bad.name()).isNotNull();
        assertThat(outcome.code()).as(bad.name()).isEqualTo(bad.code().name());
        for (String words : bad.words()) {
          assertThat(outcome.message()).as(bad.name()).contains(words);
        }
        assertThat(outcomes.get(GOOD + bad.name())).isEqualTo(new Outcome("", ""));
      }
      assertThat(outcomes).hasSize(published);
      assertThat(cluster.failures()).as("restarts of the job").isEmpty();
    }
  }

  private void publish(List<BadRecord> corpus) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer = topics.producer()) {
      for (BadRecord bad : corpus) {
        ProducerRecord<byte[], byte[]> record =
            new ProducerRecord<>(
                topics.prompts(),
                bad.name().getBytes(UTF_8),
                bad.value().map(ByteString::toByteArray).orElse(null));
        bad.headers()
            .forEach(
                header -> record.headers().add(header.getKey(), header.getValue().toByteArray()));
        producer.send(record).get();
        producer
            .send(
                new ProducerRecord<>(
                    topics.prompts(),
                    (GOOD + bad.name()).getBytes(UTF_8),
                    "{\"model_id\":\"bge-small-zh\",\"inputs\":[\"好的\"]}".getBytes(UTF_8)))
            .get();
      }
    }
  }

  /**
   * By record key: the error of its result or dead letter, empty for an answer; audit events
   * counted along.
   */
  private Map<String, Outcome> outcomes(int published) throws Exception {
    Map<String, Outcome> outcomes = new HashMap<>();
    Map<Long, Integer> audits = new HashMap<>();
    long giveUpNs = System.nanoTime() + Duration.ofMinutes(4).toNanos();
    try (KafkaConsumer<byte[], byte[]> consumer =
        topics.committed(topics.results(), topics.deadLetters(), topics.audit())) {
      while (outcomes.size() < published || audits.size() < published) {
        assertThat(System.nanoTime()).as("still waiting after minutes").isLessThan(giveUpNs);
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
          if (record.topic().equals(topics.audit())) {
            long offset =
                JSON.readTree(record.value()).required("source").required("offset").asLong();
            assertThat(audits.merge(offset, 1, Integer::sum)).as("audit of " + offset).isOne();
          } else {
            Outcome before = outcomes.put(key(record), outcome(record));
            assertThat(before).as("a second outcome of " + key(record)).isNull();
          }
        }
      }
    }
    return outcomes;
  }

  /** No request of the corpus has an id of its own, so the record's key is it. */
  private static String key(ConsumerRecord<byte[], byte[]> record) {
    return new String(record.key(), UTF_8);
  }

  private Outcome outcome(ConsumerRecord<byte[], byte[]> record) throws Exception {
    if (record.topic().equals(topics.deadLetters())) {
      return new Outcome(
          header(record, "autoglm-error-code"), header(record, "autoglm-error-message"));
    }
    if ("application/x-protobuf".equals(header(record, "content-type"))) {
      InferenceResult result = InferenceResult.parseFrom(record.value());
      return new Outcome(result.getError().getCode(), result.getError().getMessage());
    }
    JsonNode error = JSON.readTree(record.value()).path("error");
    return new Outcome(error.path("code").asText(), error.path("message").asText());
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String key) {
    var header = record.headers().lastHeader(key);
    return header == null ? "" : new String(header.value(), UTF_8);
  }
}
