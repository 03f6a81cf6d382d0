package org.openautoglm.jobs.observability;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.local.LocalRun;
import org.openautoglm.jobs.topology.InferenceJob;
import org.openautoglm.operators.inference.model.TinyDecoder;
import org.openautoglm.operators.inference.model.TinyDecoderWeights;
import org.openautoglm.operators.inference.model.TinyModel;

/**
 * The whole job on a broker and a cluster of its own, as {@code ./autoglm local} starts it, with
 * two models on ONNX Runtime whose graphs are tiny: {@code embedder} and {@code writer}.
 */
final class ObservedJob implements AutoCloseable {
  private static final int FIRST_PORT = 9249;
  private static final int LAST_PORT = 9299;

  private final LocalRun run;
  private final HttpClient http = HttpClient.newHttpClient();
  private final String embedder;

  private ObservedJob(LocalRun run, String embedder) {
    this.run = run;
    this.embedder = embedder;
  }

  /**
   * Starts it and waits until its tasks run.
   *
   * @param more further lines of its configuration
   */
  static ObservedJob start(Path directory, String more) throws Exception {
    String embedder = "embedder-" + Long.toHexString(System.nanoTime());
    new TinyModel().write(directory.resolve("embedder"));
    new TinyDecoder(TinyDecoderWeights.TINY, TinyDecoder.Form.CANONICAL)
        .write(directory.resolve("writer"));
    String yaml =
        """
        parallelism: 1
        checkpoint_interval: 200ms
        models:
          - {model_name: %s, task_type: embedding, path: '%s', device: cpu,
             batching: {max_rows: 4, max_padded_tokens: 64}}
          - {model_name: writer, task_type: text_generation, path: '%s', device: cpu,
             generation: {slots: 2, context_tokens: 48, max_new_tokens: 4}}
        %s
        """
            .formatted(embedder, directory.resolve("embedder"), directory.resolve("writer"), more);
    LocalRun run =
        LocalRun.start(
            InferenceJob::define,
            ConfigurationFile.parse(yaml, Map.of()),
            new LocalRun.Place(Optional.empty(), 0, 0));
    while (!run.isRunning()) {
      if (!run.failures().isEmpty()) {
        throw new IOException(run.failures().toString());
      }
      LockSupport.parkNanos(20_000_000);
    }
    return new ObservedJob(run, embedder);
  }

  /** What requests call the embedder; different in each run. */
  String embedder() {
    return embedder;
  }

  /** Publishes records and waits for what they come to; returns the results and dead letters. */
  List<ConsumerRecord<byte[], byte[]>> answer(List<ProducerRecord<byte[], byte[]>> prompts)
      throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(
                Map.of("bootstrap.servers", run.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        KafkaConsumer<byte[], byte[]> consumer =
            new KafkaConsumer<>(
                Map.of(
                    "bootstrap.servers",
                    run.bootstrapServers(),
                    "isolation.level",
                    "read_committed"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          List.of(
              new TopicPartition("autoglm.results", 0),
              new TopicPartition("autoglm.dead-letters", 0));
      consumer.assign(partitions);
      consumer.seekToEnd(partitions);
      partitions.forEach(consumer::position);
      List<Future<RecordMetadata>> sent = prompts.stream().map(producer::send).toList();
      for (Future<RecordMetadata> record : sent) {
        record.get();
      }
      List<ConsumerRecord<byte[], byte[]>> outcomes = new ArrayList<>();
      while (outcomes.size() < prompts.size()) {
        consumer.poll(Duration.ofMillis(200)).forEach(outcomes::add);
      }
      return outcomes;
    }
  }

  /** A prompt record with this JSON as its value. */
  static ProducerRecord<byte[], byte[]> prompt(String key, String json) {
    return new ProducerRecord<>("autoglm.prompts", key.getBytes(UTF_8), json.getBytes(UTF_8));
  }

  /** What Prometheus would read from this run. */
  String scrape() throws Exception {
    for (int port = FIRST_PORT; port <= LAST_PORT; port++) {
      String text = get(port);
      if (text.contains("model=\"" + embedder + "\"")) {
        return text;
      }
    }
    throw new IOException("no reporter of this run between " + FIRST_PORT + " and " + LAST_PORT);
  }

  private String get(int port) throws InterruptedException {
    try {
      return http.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                  .timeout(Duration.ofSeconds(10))
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      return "";
    }
  }

  @Override
  public void close() {
    run.close();
  }
}
