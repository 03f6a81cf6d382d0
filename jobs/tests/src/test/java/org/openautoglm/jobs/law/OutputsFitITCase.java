package org.openautoglm.jobs.law;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.local.LocalCluster;
import org.openautoglm.jobs.local.SharedBroker;
import org.openautoglm.jobs.topology.InferenceJob;
import org.openautoglm.schemas.wire.InferenceRequest;

/**
 * Whatever is written fits its topic: what is too large is made smaller and says so, and a topic
 * that comes to take less while the job runs costs one restart, not an endless row of them.
 */
@ExtendWith(SharedBroker.class)
class OutputsFitITCase {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int INPUTS = 4_000;

  private final SharedBroker broker;
  private final TestTopics topics;
  private final Map<String, ConsumerRecord<byte[], byte[]>> outcomes = new HashMap<>();
  private final Map<Long, JsonNode> audits = new HashMap<>();

  OutputsFitITCase(SharedBroker broker) {
    this.broker = broker;
    topics = new TestTopics(broker);
  }

  @Test
  void whatIsTooLargeIsMadeSmallerAndSaysSo(@TempDir Path directory) throws Exception {
    FingerprintModel.reset();
    for (String topic : List.of(topics.results(), topics.audit(), topics.deadLetters())) {
      alter(topic, "max.message.bytes", "262144");
    }
    try (LocalCluster cluster = LocalCluster.start(directory, 0, 1);
        KafkaConsumer<byte[], byte[]> committed =
            topics.committed(topics.results(), topics.deadLetters(), topics.audit());
        KafkaProducer<byte[], byte[]> producer = topics.producer()) {
      cluster.submit(
          (env, job) ->
              InferenceJob.define(
                  env, job, new FingerprintModel(), new FingerprintModel.Classifier()),
          topics.configuration(
              """
              - model_name: %s
                task_type: embedding
                path: unused
                device: cpu
                batching: {max_waiting_rows: 20000}
              """
                  .formatted(PromptCorpus.MODEL),
              "limits: {max_inputs: 14000, max_result_bytes: 250000}"));

      producer.send(withControlCharacters("control")).get();
      producer.send(withInputs("many")).get();
      producer.send(withHugeParts("huge")).get();
      producer.send(withInputs("behind", "好的")).get();
      awaitOutcomes(committed, 4);
      assertThat(audit("control").path("cut").asText()).contains("bytes of metadata");
      assertThat(status("many")).isEqualTo("OK");
      assertThat(audit("many").path("cut").asText()).isEqualTo(INPUTS + " rows");
      assertThat(header(outcomes.get("huge"), "autoglm-dead-letter-cut"))
          .contains("headers of 300", "key of 300000 bytes", "value of 300000 bytes");
      assertThat(status("behind")).isEqualTo("OK");
      assertThat(audit("behind").has("cut")).isFalse();
      assertThat(cluster.failures()).as("restarts of the job").isEmpty();

      alter(topics.results(), "max.message.bytes", "100000");
      alter(topics.deadLetters(), "cleanup.policy", "compact");
      producer.send(withInputs("refused")).get();
      producer.send(new ProducerRecord<>(topics.prompts(), "no JSON".getBytes(UTF_8))).get();
      producer.send(withInputs("behind it", "好的")).get();
      awaitOutcomes(committed, 7);
      JsonNode refused = JSON.readTree(outcomes.get("refused").value());
      assertThat(refused.path("status").asText()).isEqualTo("ERROR");
      assertThat(refused.path("error").path("message").asText())
          .contains("the limit is 99,219; send fewer inputs");
      assertThat(status("behind it")).isEqualTo("OK");
      assertThat(outcomes).containsKey(topics.prompts() + "-0-5");
      // One for each of the two topics that changed at most.
      assertThat(cluster.failures()).as("restarts of the job").hasSizeLessThanOrEqualTo(2);
    }
  }

  private ProducerRecord<byte[], byte[]> withControlCharacters(String id) {
    InferenceRequest.Builder request =
        InferenceRequest.newBuilder().setModelId(PromptCorpus.MODEL).addInputs("好的");
    // As many and as long as may be; in JSON each character takes six bytes.
    for (int i = 0; i < 32; i++) {
      String text = "\u0001".repeat(1_022);
      request.putMetadata(text + (10 + i), text);
    }
    byte[] value = request.build().toByteArray();
    ProducerRecord<byte[], byte[]> record = prompt(id, value);
    record.headers().add("content-type", "application/x-protobuf".getBytes(UTF_8));
    return record;
  }

  private ProducerRecord<byte[], byte[]> withInputs(String id) {
    return withInputs(id, IntStream.range(0, INPUTS).mapToObj(i -> "t" + i).toArray(String[]::new));
  }

  private ProducerRecord<byte[], byte[]> withInputs(String id, String... inputs) {
    String texts =
        List.of(inputs).stream().map(text -> '"' + text + '"').collect(Collectors.joining(","));
    return prompt(
        id,
        "{\"model_id\":\"%s\",\"inputs\":[%s]}"
            .formatted(PromptCorpus.MODEL, texts)
            .getBytes(UTF_8));
  }

  /** Its key begins with its name. */
  private ProducerRecord<byte[], byte[]> withHugeParts(String name) {
    String part = name + " ".repeat(300_000 - name.length());
    ProducerRecord<byte[], byte[]> record = prompt(part, part.getBytes(UTF_8));
    record.headers().add("h", part.getBytes(UTF_8));
    return record;
  }

  private ProducerRecord<byte[], byte[]> prompt(String key, byte[] value) {
    return new ProducerRecord<>(topics.prompts(), key.getBytes(UTF_8), value);
  }

  /**
   * Waits until so many prompts have their outcome and audit event, and sees to it that none has
   * two.
   */
  private void awaitOutcomes(KafkaConsumer<byte[], byte[]> committed, int prompts) {
    await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () -> {
              for (ConsumerRecord<byte[], byte[]> record : committed.poll(Duration.ofMillis(200))) {
                take(record);
              }
              return outcomes.size() == prompts && audits.size() == prompts;
            });
  }

  private void take(ConsumerRecord<byte[], byte[]> record) throws Exception {
    if (record.topic().equals(topics.audit())) {
      JsonNode event = JSON.readTree(record.value());
      JsonNode before = audits.put(event.path("source").path("offset").asLong(), event);
      assertThat(before).as("a second audit event of a prompt").isNull();
    } else {
      var before = outcomes.put(new String(record.key(), UTF_8).strip(), record);
      assertThat(before).as("a second outcome").isNull();
    }
  }

  private JsonNode audit(String id) {
    return audits.values().stream()
        .filter(event -> event.path("request_id").asText().equals(id))
        .findFirst()
        .orElseThrow();
  }

  private String status(String id) throws Exception {
    ConsumerRecord<byte[], byte[]> result = outcomes.get(id);
    assertThat(result.topic()).isEqualTo(topics.results());
    return JSON.readTree(result.value()).path("status").asText();
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String key) {
    return new String(record.headers().lastHeader(key).value(), UTF_8);
  }

  private void alter(String topic, String name, String value) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      admin
          .incrementalAlterConfigs(
              Map.of(
                  new ConfigResource(ConfigResource.Type.TOPIC, topic),
                  List.of(
                      new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET))))
          .all()
          .get();
    }
  }
}
