package org.openautoglm.jobs.law;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.local.EmbeddedBroker;
import org.openautoglm.jobs.local.LocalCluster;
import org.openautoglm.jobs.local.SharedBroker;
import org.openautoglm.jobs.topology.InferenceJob;
import org.openautoglm.schemas.wire.InferenceResult;

/**
 * Generated records through the whole job, in every codec: each has one outcome and one audit
 * event, and the job does not restart. {@code -Dfuzz.records=10000} is the long form, {@code
 * -Dfuzz.seed} another set.
 */
@ExtendWith(SharedBroker.class)
class FuzzITCase {
  private static final int RECORDS = Integer.getInteger("fuzz.records", 1_000);
  private static final long SEED = Long.getLong("fuzz.seed", 15);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final TestTopics topics;
  private final String bootstrapServers;

  FuzzITCase(SharedBroker broker) {
    topics = new TestTopics(broker);
    bootstrapServers = broker.bootstrapServers();
  }

  @Test
  void eachRecordHasOneOutcomeAndNoneRestartsTheJob(@TempDir Path directory) throws Exception {
    FingerprintModel.reset();
    publish();
    try (LocalCluster cluster = LocalCluster.start(directory, 0, 1)) {
      cluster.submit(
          (env, job) ->
              InferenceJob.define(
                  env, job, new FingerprintModel(), new FingerprintModel.Classifier()),
          topics.configuration(
              """
              - {model_name: fingerprint, task_type: embedding, path: unused, device: cpu}
              - {model_name: chat, task_type: text_generation, path: unused, device: cpu}
              """));
      Map<Long, String> outcomes = new TreeMap<>();
      Map<Long, String> audits = new HashMap<>();
      read(outcomes, audits);
      assertThat(cluster.failures()).as("restarts of the job, seed %d", SEED).isEmpty();
      assertThat(audits).as("seed %d", SEED).isEqualTo(outcomes);
      assertThat(outcomes.values()).contains("OK", "PARTIAL", "ERROR", "DEAD_LETTER");
    }
  }

  private void publish() throws Exception {
    FuzzedRecords records = new FuzzedRecords(SEED);
    List<KafkaProducer<byte[], byte[]>> producers = new ArrayList<>();
    for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
      producers.add(
          new KafkaProducer<>(
              Map.of(
                  ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                  bootstrapServers,
                  ProducerConfig.COMPRESSION_TYPE_CONFIG,
                  codec,
                  ProducerConfig.LINGER_MS_CONFIG,
                  5,
                  ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                  EmbeddedBroker.MAX_MESSAGE_BYTES),
              new ByteArraySerializer(),
              new ByteArraySerializer()));
    }
    List<Exception> failures = new ArrayList<>();
    for (int i = 0; i < RECORDS; i++) {
      var unused =
          producers
              .get(i % producers.size())
              .send(
                  records.next(topics.prompts()),
                  (metadata, failure) -> {
                    if (failure != null) {
                      failures.add(failure);
                    }
                  });
    }
    producers.forEach(KafkaProducer::close);
    assertThat(failures).as("all are published").isEmpty();
  }

  /** By offset: what each record became, and what its audit event says. */
  private void read(Map<Long, String> outcomes, Map<Long, String> audits) throws Exception {
    long giveUpNs = System.nanoTime() + Duration.ofMinutes(4).toNanos();
    try (KafkaConsumer<byte[], byte[]> consumer =
        topics.committed(topics.results(), topics.deadLetters(), topics.audit())) {
      while (outcomes.size() < RECORDS || audits.size() < RECORDS) {
        assertThat(System.nanoTime())
            .as("%d outcomes, %d audits after minutes", outcomes.size(), audits.size())
            .isLessThan(giveUpNs);
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
          if (record.topic().equals(topics.audit())) {
            var event = JSON.readTree(record.value());
            long offset = event.required("source").required("offset").asLong();
            assertThat(audits.put(offset, event.required("outcome").asText())).isNull();
          } else if (record.topic().equals(topics.deadLetters())) {
            long offset = Long.parseLong(header(record, "autoglm-source-offset"));
            assertThat(outcomes.put(offset, "DEAD_LETTER")).as("twice: " + offset).isNull();
          } else {
            String source = header(record, "autoglm-source");
            long offset = Long.parseLong(source.substring(source.lastIndexOf('-') + 1));
            assertThat(outcomes.put(offset, status(record))).as("twice: " + offset).isNull();
          }
        }
      }
    }
  }

  private static String status(ConsumerRecord<byte[], byte[]> record) throws Exception {
    return header(record, "content-type").equals("application/x-protobuf")
        ? InferenceResult.parseFrom(record.value()).getStatus().name()
        : JSON.readTree(record.value()).required("status").asText();
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return new String(header.value(), UTF_8);
  }
}
