package org.openautoglm.jobs.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A client that publishes at a pace, and one that takes the results as they come. */
final class LatencyClients {
  /** What a result's timings name, apart from their total. */
  static final List<String> STAGES = List.of("queue", "window", "inference");

  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<String> texts;
  private final long[] sentNs;
  private final double[] millis;
  private final double[][] stages;

  LatencyClients(List<String> texts) {
    this.texts = texts;
    sentNs = new long[texts.size()];
    millis = new double[texts.size()];
    stages = new double[STAGES.size()][texts.size()];
  }

  /** Milliseconds from sending to receiving, text by text, without the first ones. */
  double[] millis(int warmUp) {
    return Arrays.copyOfRange(millis, warmUp, millis.length);
  }

  /** Milliseconds of one of {@link #STAGES}, as the results state them, without the first ones. */
  double[] millis(String stage, int warmUp) {
    return Arrays.copyOfRange(stages[STAGES.indexOf(stage)], warmUp, millis.length);
  }

  /** Publishes every text at its moment and waits for all results. */
  void sendAndReceive(BenchTopics topics, Arrivals arrivals) throws Exception {
    var threads = Executors.newSingleThreadExecutor();
    try {
      Future<?> receiving = threads.submit(() -> receive(topics));
      send(topics, arrivals);
      receiving.get();
    } finally {
      threads.shutdownNow();
    }
  }

  private void send(BenchTopics topics, Arrivals arrivals) throws IOException {
    List<byte[]> values = PromptValues.of(BenchModel.NAME, texts);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", topics.bootstrapServers(), "linger.ms", "0"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < texts.size(); i++) {
        arrivals.awaitNext();
        sentNs[i] = System.nanoTime();
        var unused = producer.send(new ProducerRecord<>(topics.names().prompts(), values.get(i)));
      }
    }
  }

  private Void receive(BenchTopics topics) throws IOException {
    List<byte[]> results = new ArrayList<>(texts.size());
    List<Integer> order = new ArrayList<>(texts.size());
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", topics.bootstrapServers(), "fetch.min.bytes", "1"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = List.of(new TopicPartition(topics.names().results(), 0));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (results.size() < texts.size()) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
          int i = Integer.parseInt(new String(record.key(), UTF_8).substring(2));
          millis[i] = (System.nanoTime() - sentNs[i]) / 1e6;
          order.add(i);
          results.add(record.value());
        }
      }
    }
    for (int at = 0; at < results.size(); at++) {
      JsonNode timings = JSON.readTree(results.get(at)).get("timings_ms");
      for (int stage = 0; stage < STAGES.size(); stage++) {
        stages[stage][order.get(at)] = timings.get(STAGES.get(stage)).asDouble();
      }
    }
    return null;
  }
}
