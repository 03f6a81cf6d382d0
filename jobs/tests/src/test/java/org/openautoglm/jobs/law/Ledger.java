package org.openautoglm.jobs.law;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
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
import org.openautoglm.jobs.reconcile.Bound;
import org.openautoglm.jobs.reconcile.Breach;
import org.openautoglm.jobs.reconcile.Finding;
import org.openautoglm.jobs.reconcile.Progress;
import org.openautoglm.jobs.reconcile.ReconcileClients;
import org.openautoglm.jobs.reconcile.ReconcileRequest;
import org.openautoglm.jobs.reconcile.ReconcileRequest.Prompts;
import org.openautoglm.jobs.reconcile.Reconciliation;
import org.openautoglm.jobs.reconcile.Summary;
import org.openautoglm.schemas.wire.InferenceResult;
import org.openautoglm.schemas.wire.Output;

/**
 * Holds what came out against what went in, as {@code reconcile} does: each record of the prompts
 * topic has exactly one result or exactly one dead letter, and exactly one audit event. And each
 * answer is its own prompt's.
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
    read(
        topics.audit(),
        record -> {
          JsonNode source = json(record.value()).required("source");
          audits.merge(
              source.required("partition").asInt() + "-" + source.required("offset").asLong(),
              1,
              Integer::sum);
        });
    return audits;
  }

  /** Checks the law for the first {@code records} entries of the corpus, each published once. */
  void balance(int records) throws IOException {
    balance(records, Set.of(), i -> "");
  }

  /**
   * Checks the law for the first {@code records} entries of the corpus, each published once.
   *
   * @param elsewhere coordinates of those whose outcomes are on another broker, and must not be
   *     here
   * @param coordinates of the i-th entry
   */
  void balance(int records, Set<String> elsewhere, IntFunction<String> coordinates)
      throws IOException {
    Set<String> missing = new TreeSet<>();
    Summary summary = reconcile(false, finding -> missing.add(finding.toString()));
    assertThat(summary.records()).as("prompts").isEqualTo(records);
    assertThat(summary.notRead()).as("prompts not read").isZero();
    assertThat(missing).as("what is not as it must be").hasSameSizeAs(elsewhere);
    assertThat(summary.breaches())
        .as("what is not as it must be")
        .isEqualTo(
            elsewhere.isEmpty() ? Map.of() : Map.of(Breach.NO_OUTCOME, (long) elsewhere.size()));
    Map<PromptCorpus.Expected, Integer> expected = new EnumMap<>(PromptCorpus.Expected.class);
    boolean[] answered = new boolean[records];
    read(topics.results(), record -> readResult(record, answered, true));
    for (int i = 0; i < records; i++) {
      PromptCorpus.Expected outcome = PromptCorpus.entry(i).expected();
      boolean here = !elsewhere.contains(coordinates.apply(i));
      assertThat(answered[i])
          .as("record %d answered", i)
          .isEqualTo(here && outcome != PromptCorpus.Expected.DEAD_LETTER);
      if (here) {
        expected.merge(outcome, 1, Integer::sum);
      }
    }
    assertThat(outcomes()).as("audited outcomes").isEqualTo(expected);
  }

  /**
   * Checks the law as {@code at_least_once} promises it: nothing is lost, and what comes twice is
   * the same.
   */
  void balanceAtLeastOnce(int records) throws IOException {
    List<Finding> findings = new ArrayList<>();
    Summary summary = reconcile(true, findings::add);
    assertThat(summary.records()).as("prompts").isEqualTo(records);
    assertThat(summary.notRead()).as("prompts not read").isZero();
    assertThat(summary.broken()).as("lost: %s", findings).isZero();
    boolean[] answered = new boolean[records];
    read(topics.results(), record -> readResult(record, answered, false));
    for (int i = 0; i < records; i++) {
      assertThat(answered[i])
          .as("record %d answered", i)
          .isEqualTo(PromptCorpus.entry(i).expected() != PromptCorpus.Expected.DEAD_LETTER);
    }
  }

  private Summary reconcile(boolean duplicatesAllowed, Consumer<Finding> each) throws IOException {
    ReconcileRequest request =
        new ReconcileRequest(
            ReconcileClients.of(Map.of("bootstrap.servers", bootstrapServers)),
            Prompts.of(List.of(topics.prompts())),
            topics.results(),
            topics.audit(),
            topics.deadLetters(),
            "law",
            "law",
            new Bound.AtEdge(),
            new Bound.AtEdge(),
            Set.of(),
            Duration.ZERO,
            duplicatesAllowed);
    try (Reconciliation reconciliation =
        new Reconciliation(request, Progress.NONE, pause -> false)) {
      reconciliation.read();
      return reconciliation.report(false, each);
    }
  }

  private Map<PromptCorpus.Expected, Integer> outcomes() {
    Map<PromptCorpus.Expected, Integer> outcomes = new EnumMap<>(PromptCorpus.Expected.class);
    read(
        topics.audit(),
        record ->
            outcomes.merge(
                PromptCorpus.Expected.valueOf(json(record.value()).required("outcome").asText()),
                1,
                Integer::sum));
    return outcomes;
  }

  private static void readResult(
      ConsumerRecord<byte[], byte[]> record, boolean[] answered, boolean once) {
    String id = new String(record.key(), StandardCharsets.UTF_8);
    int i = Integer.parseInt(id.substring(2));
    assertThat(once && answered[i]).as("%s answered before", id).isFalse();
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
