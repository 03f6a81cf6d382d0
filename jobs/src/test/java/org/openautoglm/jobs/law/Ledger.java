package org.openautoglm.jobs.law;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.openautoglm.jobs.configuration.KafkaConfiguration.Topics;
import org.openautoglm.schemas.wire.InferenceResult;
import org.openautoglm.schemas.wire.Output;

/**
 * Counts what came out, read committed, and holds it against what went in: each record of the
 * prompts topic has exactly one result or exactly one dead letter, and exactly one audit event, and
 * each answer is its own prompt's.
 */
final class Ledger {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String bootstrapServers;
  private final Topics topics;

  Ledger(String bootstrapServers, Topics topics) {
    this.bootstrapServers = bootstrapServers;
    this.topics = topics;
  }

  /** Committed audit events so far, transaction markers not counted. */
  int audited() {
    int[] count = {0};
    read(topics.audit(), record -> count[0]++);
    return count[0];
  }

  /** Coordinates of audited prompts, as {@code PARTITION-OFFSET}, with how often each was. */
  Map<String, Integer> audits() {
    Map<String, Integer> audits = new TreeMap<>();
    read(topics.audit(), record -> readAudit(record, audits, new HashMap<>()));
    return audits;
  }

  /** Checks the law for the first {@code records} entries of the corpus, each published once. */
  void balance(int records) {
    balance(records, Set.of(), i -> "");
  }

  /**
   * Checks the law for the first {@code records} entries of the corpus, each published once.
   *
   * @param elsewhere coordinates of those whose outcomes are on another broker, and must not be
   *     here
   * @param coordinates of the i-th entry
   */
  void balance(int records, Set<String> elsewhere, IntFunction<String> coordinates) {
    Map<PromptCorpus.Expected, Integer> expected = new HashMap<>();
    for (int i = 0; i < records; i++) {
      if (!elsewhere.contains(coordinates.apply(i))) {
        expected.merge(PromptCorpus.entry(i).expected(), 1, Integer::sum);
      }
    }
    Set<String> prompts = new TreeSet<>();
    read(topics.prompts(), record -> prompts.add(record.partition() + "-" + record.offset()));
    assertThat(prompts).hasSize(records);
    prompts.removeAll(elsewhere);

    Map<String, Integer> audits = new HashMap<>();
    Map<String, Integer> outcomes = new HashMap<>();
    read(topics.audit(), record -> readAudit(record, audits, outcomes));
    assertThat(audits.values()).as("audit events of one record").containsOnly(1);
    assertThat(new TreeSet<>(audits.keySet())).as("audited records").isEqualTo(prompts);

    Set<String> letters = new TreeSet<>();
    List<String> twice = new ArrayList<>();
    read(topics.deadLetters(), record -> readDeadLetter(record, letters, twice));
    assertThat(twice).as("dead letters written twice").isEmpty();
    assertThat(letters).hasSize(expected.getOrDefault(PromptCorpus.Expected.DEAD_LETTER, 0));

    boolean[] answered = new boolean[records];
    read(topics.results(), record -> readResult(record, answered, twice));
    assertThat(twice).as("results written twice").isEmpty();
    for (int i = 0; i < records; i++) {
      boolean letter = PromptCorpus.entry(i).expected() == PromptCorpus.Expected.DEAD_LETTER;
      boolean here = !elsewhere.contains(coordinates.apply(i));
      assertThat(answered[i]).as("record %d answered", i).isEqualTo(here && !letter);
    }
    expected.forEach(
        (outcome, count) ->
            assertThat(outcomes).as("audited outcomes").containsEntry(outcome.name(), count));
  }

  private static void readAudit(
      ConsumerRecord<byte[], byte[]> record,
      Map<String, Integer> audits,
      Map<String, Integer> outcomes) {
    JsonNode event = json(record.value());
    JsonNode source = event.required("source");
    audits.merge(
        source.required("partition").asInt() + "-" + source.required("offset").asLong(),
        1,
        Integer::sum);
    outcomes.merge(event.required("outcome").asText(), 1, Integer::sum);
  }

  private static void readDeadLetter(
      ConsumerRecord<byte[], byte[]> record, Set<String> letters, List<String> twice) {
    String source =
        header(record, "autoglm-source-partition") + "-" + header(record, "autoglm-source-offset");
    if (!letters.add(source)) {
      twice.add(source);
    }
    assertThat(header(record, "autoglm-error-code")).isEqualTo("MALFORMED_RECORD");
  }

  private static void readResult(
      ConsumerRecord<byte[], byte[]> record, boolean[] answered, List<String> twice) {
    String id = new String(record.key(), StandardCharsets.UTF_8);
    int i = Integer.parseInt(id.substring(2));
    if (answered[i]) {
      twice.add(id);
    }
    answered[i] = true;
    PromptCorpus.Entry entry = PromptCorpus.entry(i);
    assertThat(entry.requestId()).isEqualTo(id);
    List<List<Float>> vectors = new ArrayList<>();
    String status;
    if ("application/x-protobuf".equals(header(record, "content-type"))) {
      InferenceResult result = protobuf(record.value());
      status = result.getStatus().name();
      for (Output output : result.getOutputsList()) {
        vectors.add(output.getEmbeddingList());
      }
    } else {
      JsonNode result = json(record.value());
      status = result.required("status").asText();
      for (JsonNode output : result.required("outputs")) {
        List<Float> vector = new ArrayList<>();
        output.path("embedding").forEach(value -> vector.add(value.floatValue()));
        vectors.add(vector);
      }
    }
    assertThat(status).as("status of %s", id).isEqualTo(entry.expected().name());
    assertThat(vectors).as("answers of %s", id).isEqualTo(expectedVectors(entry));
  }

  private static List<List<Float>> expectedVectors(PromptCorpus.Entry entry) {
    return entry.inputs().stream()
        .map(
            text ->
                text.startsWith(FingerprintModel.POISON)
                    ? List.<Float>of()
                    : FingerprintModel.fingerprint(text))
        .toList();
  }

  private void read(String topic, Consumer<ConsumerRecord<byte[], byte[]>> each) {
    Map<String, Object> properties =
        Map.of(
            "bootstrap.servers", bootstrapServers,
            "isolation.level", "read_committed",
            "enable.auto.commit", "false",
            "max.poll.records", "10000");
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      // Read committed, the end is the last stable offset: an open transaction would stop short of
      // it.
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        consumer.poll(Duration.ofMillis(200)).forEach(each);
      }
    }
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String key) {
    Header header = record.headers().lastHeader(key);
    return header == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
  }

  private static JsonNode json(byte[] value) {
    try {
      return JSON.readTree(value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InferenceResult protobuf(byte[] value) {
    try {
      return InferenceResult.parseFrom(value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
