package org.openautoglm.jobs.law;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.MemoryRecords;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.kafka.reading.Batches;
import org.openautoglm.jobs.kafka.reading.Batches.Body;
import org.openautoglm.jobs.local.LocalCluster;
import org.openautoglm.jobs.local.SharedBroker;
import org.openautoglm.jobs.topology.InferenceJob;

/**
 * Batches that make Kafka's consumer run out of memory or throw at every attempt, on a real broker,
 * which takes them all: each of their records has one outcome, so have the good ones in between,
 * and the job does not restart.
 */
@ExtendWith(SharedBroker.class)
class HostileBatchesITCase {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final TestTopics topics;
  private final String bootstrapServers;

  HostileBatchesITCase(SharedBroker broker) {
    topics = new TestTopics(broker);
    bootstrapServers = broker.bootstrapServers();
  }

  @Test
  void eachRecordHasOneOutcomeAndNoneRestartsTheJob(@TempDir Path directory) throws Exception {
    FingerprintModel.reset();
    Map<Long, String> expected = new TreeMap<>();
    good(expected, "before");
    try (LocalCluster cluster = LocalCluster.start(directory, 0, 1);
        RawProducer raw = new RawProducer(bootstrapServers)) {
      cluster.submit(
          (env, job) ->
              InferenceJob.define(
                  env, job, new FingerprintModel(), new FingerprintModel.Classifier()),
          topics.configuration(
              "- {model_name: fingerprint, task_type: embedding, path: unused, device: cpu}"));
      for (CompressionType type :
          List.of(CompressionType.ZSTD, CompressionType.LZ4, CompressionType.GZIP)) {
        hostile(
            raw, bomb(type, type == CompressionType.ZSTD ? 900_000_000 : 100_000_000), expected);
        good(expected, "behind a bomb of " + type);
      }
      // A length that lies, which a broker does not look at.
      Body lying = new Body(900_000_000, ByteString.copyFrom(new byte[] {0, 0, 0, 1, 1, 0}));
      hostile(raw, Batches.lying(0, CompressionType.GZIP, lying), expected);
      good(expected, "behind a lie");
      Map<Long, String> outcomes = outcomes(expected.size());
      assertThat(outcomes).isEqualTo(expected);
      assertThat(cluster.failures()).as("restarts of the job").isEmpty();
    }
  }

  private static MemoryRecords bomb(CompressionType type, int bytes) {
    return Batches.raw(0, type, List.of(Body.zeros(0, bytes)));
  }

  private void hostile(RawProducer raw, MemoryRecords batch, Map<Long, String> expected)
      throws Exception {
    expected.put(raw.send(topics.prompts(), batch), "DEAD_LETTER");
  }

  private void good(Map<Long, String> expected, String text) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer = topics.producer()) {
      String value = "{\"model_id\":\"fingerprint\",\"inputs\":[\"%s\"]}".formatted(text);
      expected.put(
          producer
              .send(new ProducerRecord<>(topics.prompts(), value.getBytes(UTF_8)))
              .get()
              .offset(),
          "OK");
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
            assertThat(audited.put(offset, event.required("outcome").asText())).isNull();
          } else if (record.topic().equals(topics.results())) {
            results++;
          } else {
            deadLetters++;
          }
        }
      }
    }
    assertThat(results).isEqualTo((int) audited.values().stream().filter("OK"::equals).count());
    return audited;
  }
}
