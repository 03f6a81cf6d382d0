package org.openautoglm.jobs.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Clients that ask for long answers, and one that asks for short ones, each again as soon as it has
 * its answer; the long ones start one after the other, as clients do. Latency is from a client's
 * send to its receipt.
 */
final class FairnessClients {
  private static final long STAGGER_NS = Duration.ofMillis(150).toNanos();

  private final GenerationPrompt longOne;
  private final GenerationPrompt shortOne;
  private final List<Double> longMillis = new ArrayList<>();
  private final List<Double> shortMillis = new ArrayList<>();
  private final List<Long> sentNs = new ArrayList<>();

  FairnessClients(GenerationPrompt longOne, GenerationPrompt shortOne) {
    this.longOne = longOne;
    this.shortOne = shortOne;
  }

  /** The median of long answers, milliseconds. */
  double longP50() {
    return median(longMillis);
  }

  /** The median of short answers, milliseconds. */
  double shortP50() {
    return median(shortMillis);
  }

  /**
   * Asks.
   *
   * @param clients who ask for long answers
   * @param answers long ones to wait for, beyond the first of each client
   */
  void ask(BenchTopics topics, int clients, int answers) throws IOException {
    try (KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(
                Map.of("bootstrap.servers", topics.bootstrapServers(), "linger.ms", "0"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        KafkaConsumer<byte[], byte[]> consumer =
            new KafkaConsumer<>(
                Map.of("bootstrap.servers", topics.bootstrapServers(), "fetch.min.bytes", "1"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = List.of(new TopicPartition(topics.names().results(), 0));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      int asking = 0;
      long nextNs = System.nanoTime();
      while (longMillis.size() < answers + clients) {
        if (asking < clients && System.nanoTime() - nextNs >= 0) {
          send(producer, topics, true);
          asking++;
          nextNs += STAGGER_NS;
          if (asking == clients) {
            send(producer, topics, false);
          }
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(5))) {
          String[] id = new String(record.key(), UTF_8).split("-", 2);
          boolean isLong = id[0].equals("long");
          double millis = (System.nanoTime() - sentNs.get(Integer.parseInt(id[1]))) / 1e6;
          (isLong ? longMillis : shortMillis).add(millis);
          send(producer, topics, isLong);
        }
      }
      // The first of each came while the job and its code were new.
      longMillis.subList(0, clients).clear();
      shortMillis.subList(0, Math.min(3, shortMillis.size() - 1)).clear();
    }
  }

  private void send(KafkaProducer<byte[], byte[]> producer, BenchTopics topics, boolean isLong)
      throws IOException {
    String id = (isLong ? "long-" : "short-") + sentNs.size();
    byte[] request = (isLong ? longOne : shortOne).request(EndlessChatModel.NAME, id);
    sentNs.add(System.nanoTime());
    var unused = producer.send(new ProducerRecord<>(topics.names().prompts(), request));
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
