package org.openautoglm.jobs.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.openautoglm.jobs.local.SharedBroker;
import org.openautoglm.schemas.coordinates.RecordPlace;
import org.openautoglm.schemas.json.JsonAuditWriter;
import org.openautoglm.schemas.wire.AuditEvent;

/** Four topics, written by hand as a job would or would not, and its group's offsets. */
public final class WrittenTopics implements AutoCloseable {
  private final String bootstrapServers;
  private final Map<String, String> names;
  private final KafkaProducer<byte[], byte[]> producer;
  private final JsonAuditWriter audits = new JsonAuditWriter();

  /** Makes them, each of two partitions. */
  public WrittenTopics(SharedBroker broker) {
    bootstrapServers = broker.bootstrapServers();
    names = broker.newTopics(Map.of("prompts", 2, "results", 2, "audit", 2, "dead-letters", 2));
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrapServers),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  /** The unique name of {@code prompts}, {@code results}, {@code audit} or {@code dead-letters}. */
  public String name(String kind) {
    return names.get(kind);
  }

  /** The command line's options for these topics. */
  public String[] options(String... more) {
    List<String> options =
        new java.util.ArrayList<>(
            List.of(
                "reconcile",
                "--bootstrap",
                bootstrapServers,
                "--prompts",
                name("prompts"),
                "--results",
                name("results"),
                "--audit",
                name("audit"),
                "--dead-letters",
                name("dead-letters"),
                "--group",
                name("prompts"),
                "--transactional-id-prefix",
                name("prompts")));
    options.addAll(List.of(more));
    return options.toArray(String[]::new);
  }

  /** Publishes a prompt without a key. */
  public RecordPlace prompt(int partition, String value) throws Exception {
    return send(new ProducerRecord<>(name("prompts"), partition, null, value.getBytes(UTF_8)));
  }

  /** Publishes any record. */
  public RecordPlace send(ProducerRecord<byte[], byte[]> record) throws Exception {
    var metadata = producer.send(record).get();
    return new RecordPlace(metadata.topic(), metadata.partition(), metadata.offset());
  }

  /** A result and its audit event. */
  public void answer(RecordPlace prompt, String requestId) throws Exception {
    result(prompt, requestId);
    audit(prompt, requestId, "OK");
  }

  /** A result that names its record. */
  public void result(RecordPlace prompt, String requestId) throws Exception {
    ProducerRecord<byte[], byte[]> record = resultRecord(requestId);
    record.headers().add("autoglm-source", prompt.toString().getBytes(UTF_8));
    send(record);
  }

  /** A result as earlier versions wrote it. */
  public void earlierResult(String requestId) throws Exception {
    send(resultRecord(requestId));
  }

  private ProducerRecord<byte[], byte[]> resultRecord(String requestId) {
    return new ProducerRecord<>(
        name("results"), requestId.getBytes(UTF_8), "{\"status\":\"OK\"}".getBytes(UTF_8));
  }

  /** An audit event. */
  public void audit(RecordPlace prompt, String requestId, String outcome) throws Exception {
    AuditEvent.Builder event = AuditEvent.newBuilder().setRequestId(requestId).setOutcome(outcome);
    event
        .getSourceBuilder()
        .setTopic(prompt.topic())
        .setPartition(prompt.partition())
        .setOffset(prompt.offset());
    send(
        new ProducerRecord<>(
            name("audit"), requestId.getBytes(UTF_8), audits.write(event.build())));
  }

  /** A dead letter and its audit event. */
  public void deadLetter(RecordPlace prompt) throws Exception {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(name("dead-letters"), null, "{".getBytes(UTF_8));
    record.headers().add("autoglm-source-topic", prompt.topic().getBytes(UTF_8));
    record.headers().add("autoglm-source-partition", ("" + prompt.partition()).getBytes(UTF_8));
    record.headers().add("autoglm-source-offset", ("" + prompt.offset()).getBytes(UTF_8));
    send(record);
    audit(prompt, prompt.toString(), "DEAD_LETTER");
  }

  /** Says that the job has read so far in each partition. */
  public void read(long first, long second) throws ExecutionException, InterruptedException {
    try (Admin admin = admin()) {
      admin
          .alterConsumerGroupOffsets(
              name("prompts"),
              Map.of(
                  new TopicPartition(name("prompts"), 0), new OffsetAndMetadata(first),
                  new TopicPartition(name("prompts"), 1), new OffsetAndMetadata(second)))
          .all()
          .get();
    }
  }

  /** Deletes everything that a topic has now. */
  public void deleteAll(String kind) throws ExecutionException, InterruptedException {
    try (Admin admin = admin()) {
      Map<TopicPartition, RecordsToDelete> before = new HashMap<>();
      for (int partition = 0; partition < 2; partition++) {
        before.put(new TopicPartition(name(kind), partition), RecordsToDelete.beforeOffset(-1));
      }
      admin.deleteRecords(before).all().get();
    }
  }

  private Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", bootstrapServers));
  }

  @Override
  public void close() {
    producer.close();
  }
}
