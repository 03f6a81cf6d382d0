package org.openautoglm.jobs.law;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
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
import org.openautoglm.operators.testing.MemoryOverTime;
import org.openautoglm.operators.testing.MemoryOverTime.Slack;
import org.openautoglm.operators.testing.TestModels;
import org.openautoglm.schemas.corpus.BadRecord;
import org.openautoglm.schemas.corpus.BadRecords;

/**
 * The whole job on real models under steady load, broken records mixed in: every record has its
 * audit event, once, and neither heap nor native memory grows. A minute here; an hour with {@code
 * -Dsoak.minutes=60}, as the README says; prints a line for each interval.
 */
@ExtendWith(SharedBroker.class)
class SoakITCase {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int INTERVALS = 12;
  private static final int AHEAD_MAX = 2_000;
  private static final int BAD_EVERY = 20;
  private static final int BAD_BYTES_MAX = 100_000;

  private final Duration length = Duration.ofMinutes(Integer.getInteger("soak.minutes", 1));
  private final TestTopics topics;
  private final BitSet audited = new BitSet();
  private final Random random = new Random(5);

  SoakITCase(SharedBroker broker) {
    topics = new TestTopics(broker);
  }

  @Test
  void memoryStaysFlatAndNothingIsLost(@TempDir Path directory) throws Exception {
    List<BadRecord> bad =
        BadRecords.all().stream()
            .filter(record -> record.value().map(ByteString::size).orElse(0) < BAD_BYTES_MAX)
            .toList();
    MemoryOverTime memory = new MemoryOverTime();
    int published = 0;
    try (LocalCluster cluster = LocalCluster.start(directory, 0, 1);
        KafkaProducer<byte[], byte[]> producer = topics.producer();
        KafkaConsumer<byte[], byte[]> consumer = topics.committed(topics.audit())) {
      cluster.submit(InferenceJob::define, topics.configuration(models()));
      long startNs = System.nanoTime();
      for (int interval = 1; interval <= INTERVALS; interval++) {
        long endNs = startNs + length.toNanos() * interval / INTERVALS;
        while (System.nanoTime() < endNs) {
          for (; published < audited.cardinality() + AHEAD_MAX; published++) {
            var unused = producer.send(record(published, bad));
          }
          readAudit(consumer);
        }
        System.out.printf(
            "soak %d/%d: %d published, %d audited, %s%n",
            interval, INTERVALS, published, audited.cardinality(), memory.look());
      }
      producer.flush();
      long giveUpNs = System.nanoTime() + Duration.ofMinutes(5).toNanos();
      while (audited.cardinality() < published) {
        assertThat(System.nanoTime()).as("still waiting for audit events").isLessThan(giveUpNs);
        readAudit(consumer);
      }
      assertThat(cluster.failures()).as("restarts of the job").isEmpty();
    }
    assertThat(audited.cardinality()).isEqualTo(published);
    memory.assertFlat(new Slack(10, 20), new Slack(10, 50));
  }

  private ProducerRecord<byte[], byte[]> record(int i, List<BadRecord> bad) {
    if (i % BAD_EVERY == 0) {
      BadRecord record = bad.get(i / BAD_EVERY % bad.size());
      ProducerRecord<byte[], byte[]> published =
          new ProducerRecord<>(
              topics.prompts(), record.value().map(ByteString::toByteArray).orElse(null));
      record
          .headers()
          .forEach(h -> published.headers().add(h.getKey(), h.getValue().toByteArray()));
      return published;
    }
    String model = i % 2 == 0 ? "bge-small-zh" : "all-minilm-l6-v2";
    String text = (i % 2 == 0 ? "向量检索。" : "stream processing ").repeat(1 + random.nextInt(12));
    return new ProducerRecord<>(
        topics.prompts(),
        "{\"request_id\":\"s-%d\",\"model_id\":\"%s\",\"inputs\":[\"%s\"]}"
            .formatted(i, model, text)
            .getBytes(UTF_8));
  }

  private void readAudit(KafkaConsumer<byte[], byte[]> consumer) throws IOException {
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
      int offset = JSON.readTree(record.value()).required("source").required("offset").asInt();
      assertThat(audited.get(offset)).as("audited before: " + offset).isFalse();
      audited.set(offset);
    }
  }

  private static String models() {
    return """
        - {model_name: bge-small-zh, task_type: embedding, path: '%s', device: cpu, shards: 2}
        - {model_name: all-minilm-l6-v2, task_type: embedding, path: '%s', device: cpu}
        """
        .formatted(TestModels.bgeSmallZh(), TestModels.allMiniLm());
  }
}
