package org.openautoglm.jobs.processes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.openautoglm.jobs.configuration.KafkaConfiguration.Topics;

/** What is committed, read from the outside. */
final class CommittedAnswers {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double SAME = 1e-3;

  private final String bootstrapServers;
  private final Topics topics;

  CommittedAnswers(String bootstrapServers, Topics topics) {
    this.bootstrapServers = bootstrapServers;
    this.topics = topics;
  }

  /**
   * Waits until a prompt that is published from now on is answered, and its audit event committed.
   */
  void awaitNew(Duration patience) {
    try (KafkaConsumer<byte[], byte[]> prompts = consumer();
        KafkaConsumer<byte[], byte[]> audit = consumer()) {
      Map<Integer, Long> next = new HashMap<>();
      ends(prompts, topics.prompts()).forEach((at, end) -> next.put(at.partition(), end));
      Map<TopicPartition, Long> from = ends(audit, topics.audit());
      audit.assign(from.keySet());
      from.forEach(audit::seek);
      long giveUpNs = System.nanoTime() + patience.toNanos();
      while (System.nanoTime() < giveUpNs) {
        for (ConsumerRecord<byte[], byte[]> event : audit.poll(Duration.ofMillis(100))) {
          JsonNode source = json(event).required("source");
          if (source.required("offset").asLong() >= next.get(source.required("partition").asInt())
              && json(event).required("outcome").asText().equals("OK")) {
            return;
          }
        }
      }
      throw new AssertionError("no new prompt was answered within " + patience);
    }
  }

  /** What becomes of records, as their audit events say, when each has one. */
  List<String> outcomes(List<RecordMetadata> records, Duration patience) {
    Map<String, String> outcomes = new HashMap<>();
    records.forEach(record -> outcomes.put(record.partition() + "/" + record.offset(), ""));
    long giveUpNs = System.nanoTime() + patience.toNanos();
    try (KafkaConsumer<byte[], byte[]> audit = consumer()) {
      Set<TopicPartition> partitions = ends(audit, topics.audit()).keySet();
      audit.assign(partitions);
      audit.seekToBeginning(partitions);
      while (outcomes.containsValue("")) {
        if (System.nanoTime() > giveUpNs) {
          throw new AssertionError(outcomes + " after " + patience);
        }
        for (ConsumerRecord<byte[], byte[]> event : audit.poll(Duration.ofMillis(100))) {
          JsonNode source = json(event).required("source");
          outcomes.computeIfPresent(
              source.required("partition").asText() + "/" + source.required("offset").asText(),
              (place, before) -> before + json(event).required("outcome").asText());
        }
      }
    }
    return List.copyOf(outcomes.values());
  }

  /** Waits until so many audit events are committed. */
  void awaitAudited(int count, Duration patience) {
    long giveUpNs = System.nanoTime() + patience.toNanos();
    try (KafkaConsumer<byte[], byte[]> audit = consumer()) {
      Map<TopicPartition, Long> ends = ends(audit, topics.audit());
      audit.assign(ends.keySet());
      audit.seekToBeginning(ends.keySet());
      for (int seen = 0; seen < count; seen += audit.poll(Duration.ofMillis(100)).count()) {
        if (System.nanoTime() > giveUpNs) {
          throw new AssertionError(seen + " of " + count + " after " + patience);
        }
      }
    }
  }

  /** Transactions that ended in a topic: places that no record has, for each has a marker. */
  long markers(String topic) {
    int[] records = {0};
    read(topic, record -> records[0]++);
    try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      return ends(consumer, topic).values().stream().mapToLong(Long::longValue).sum() - records[0];
    }
  }

  /** When the job sent each audit event, in this order, whenever it was committed; ms. */
  List<Long> auditedAtMs() {
    List<Long> sent = new ArrayList<>();
    read(topics.audit(), event -> sent.add(event.timestamp()));
    Collections.sort(sent);
    return sent;
  }

  /** Those of the load that have the same text have the same answer, and each has one. */
  void compare(int published) {
    int[] outcomes = new int[published];
    Map<String, JsonNode> answers = new HashMap<>();
    List<String> different = new ArrayList<>();
    read(
        topics.results(),
        record -> {
          String id = new String(record.key(), StandardCharsets.UTF_8);
          if (!Prompts.isId(id)) {
            return;
          }
          JsonNode result = json(record);
          int i = Integer.parseInt(id.substring(2));
          outcomes[i]++;
          boolean refused = Prompts.kind(i) == Prompts.Kind.REFUSED;
          assertThat(result.required("status").asText()).isEqualTo(refused ? "ERROR" : "OK");
          if (!refused) {
            String text = Prompts.kind(i) + " " + Prompts.text(i);
            JsonNode answer = result.required("outputs").required(0);
            JsonNode first = answers.putIfAbsent(text, answer);
            if (first != null && !isSame(first, answer)) {
              different.add(result + " differs from " + first);
            }
          }
        });
    for (int i = 0; i < published; i++) {
      boolean letter = Prompts.kind(i) == Prompts.Kind.DEAD_LETTER;
      assertThat(outcomes[i]).as("results of prompt %d", i).isEqualTo(letter ? 0 : 1);
    }
    assertThat(different).as("answers to the same text").isEmpty();
  }

  private static boolean isSame(JsonNode one, JsonNode other) {
    if (one.has("text")) {
      return one.required("text").equals(other.required("text"));
    }
    double most = 0;
    for (int k = 0; k < one.required("embedding").size(); k++) {
      double difference =
          one.required("embedding").required(k).asDouble()
              - other.required("embedding").required(k).asDouble();
      most = Math.max(most, Math.abs(difference));
    }
    return most < SAME;
  }

  private void read(String topic, Consumer<ConsumerRecord<byte[], byte[]>> each) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      // Read committed, the end is the last stable offset: an open transaction would stop short.
      Map<TopicPartition, Long> ends = ends(consumer, topic);
      consumer.assign(ends.keySet());
      consumer.seekToBeginning(ends.keySet());
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        consumer.poll(Duration.ofMillis(200)).forEach(each);
      }
    }
  }

  private static Map<TopicPartition, Long> ends(
      KafkaConsumer<byte[], byte[]> consumer, String topic) {
    Collection<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(info -> new TopicPartition(topic, info.partition()))
            .toList();
    return consumer.endOffsets(partitions);
  }

  private KafkaConsumer<byte[], byte[]> consumer() {
    return new KafkaConsumer<>(
        Map.of(
            "bootstrap.servers", bootstrapServers,
            "isolation.level", "read_committed",
            "enable.auto.commit", "false",
            "max.poll.records", "5000",
            "default.api.timeout.ms", "120000"),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  private static JsonNode json(ConsumerRecord<byte[], byte[]> record) {
    try {
      return JSON.readTree(record.value());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
