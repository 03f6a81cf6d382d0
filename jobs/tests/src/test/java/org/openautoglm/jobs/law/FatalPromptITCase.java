package org.openautoglm.jobs.law;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
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

/**
 * A prompt that ends the process, as far as a test can stand it: it restarts the job twice and is
 * not run a third time, and everybody else is answered.
 */
@ExtendWith(SharedBroker.class)
class FatalPromptITCase {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final TestTopics topics;

  FatalPromptITCase(SharedBroker broker) {
    topics = new TestTopics(broker);
  }

  @Test
  void restartsTheJobTwiceAndNoMore(@TempDir Path directory) throws Exception {
    FingerprintModel.reset();
    Map<Long, String> expected = new TreeMap<>();
    for (int i = 0; i < 10; i++) {
      good(expected, "before " + i);
    }
    long fatal = send(FingerprintModel.FATAL);
    for (int i = 0; i < 10; i++) {
      good(expected, "after " + i);
    }
    try (LocalCluster cluster = LocalCluster.start(directory, 0, 1)) {
      cluster.submit(
          (env, job) ->
              InferenceJob.define(
                  env, job, new FingerprintModel(), new FingerprintModel.Classifier()),
          topics.configuration(
              "- {model_name: fingerprint, task_type: embedding, path: unused, device: cpu}"));
      Map<Long, String> outcomes = outcomes(expected.size() + 1);
      // A dead letter; or an error result, where it waited in a checkpoint already.
      assertThat(outcomes.remove(fatal)).isIn("DEAD_LETTER INTERNAL", "ERROR INTERNAL");
      assertThat(outcomes).isEqualTo(expected);
      assertThat(cluster.failures()).hasSize(2).allMatch(failure -> failure.contains("not really"));
    }
  }

  private void good(Map<Long, String> expected, String text) throws Exception {
    expected.put(send(text), "OK ");
  }

  private long send(String text) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer = topics.producer()) {
      String value = "{\"model_id\":\"fingerprint\",\"inputs\":[\"%s\"]}".formatted(text);
      return producer
          .send(new ProducerRecord<>(topics.prompts(), value.getBytes(UTF_8)))
          .get()
          .offset();
    }
  }

  /** The audited outcome of each offset; results and dead letters are counted along. */
  private Map<Long, String> outcomes(int published) throws Exception {
    Map<Long, String> audited = new TreeMap<>();
    int results = 0;
    int deadLetters = 0;
    long giveUpNs = System.nanoTime() + Duration.ofMinutes(3).toNanos();
    try (KafkaConsumer<byte[], byte[]> consumer =
        topics.committed(topics.results(), topics.deadLetters(), topics.audit())) {
      while (audited.size() < published || results + deadLetters < published) {
        assertThat(System.nanoTime()).as("still waiting: " + audited).isLessThan(giveUpNs);
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(300))) {
          if (record.topic().equals(topics.audit())) {
            JsonNode event = JSON.readTree(record.value());
            long offset = event.required("source").required("offset").asLong();
            String outcome =
                event.required("outcome").asText()
                    + " "
                    + event.path("error").path("code").asText();
            assertThat(audited.put(offset, outcome)).isNull();
          } else if (record.topic().equals(topics.results())) {
            results++;
          } else {
            deadLetters++;
          }
        }
      }
    }
    assertThat(results + deadLetters).isEqualTo(published);
    return audited;
  }
}
