package org.openautoglm.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.openautoglm.jobs.kafka.clients.KafkaFailure;
import org.openautoglm.jobs.kafka.clients.KafkaFailure.Said;
import org.openautoglm.jobs.local.EmbeddedBroker;

/**
 * Publishes prompts in order and prints the id of each once the broker has it. Used by one thread.
 */
final class Publisher implements AutoCloseable {
  private static final int MOST_IN_FLIGHT = 10_000;
  private static final int PROGRESS_EVERY = 10_000;

  private static final Map<String, Object> PROPERTIES =
      Map.of(
          "acks",
          "all",
          "enable.idempotence",
          true,
          "linger.ms",
          5,
          "max.block.ms",
          10_000,
          "max.request.size",
          EmbeddedBroker.MAX_MESSAGE_BYTES);

  private final KafkaProducer<byte[], byte[]> producer;
  private final String topic;
  private final Map<String, Object> client;
  private final PrintWriter ids;
  private final PrintWriter words;
  private final WaitingWords waiting;
  private final Queue<Sent> inFlight = new ArrayDeque<>();
  private long published;

  Publisher(BrokerOptions broker, String topic, PrintWriter ids, PrintWriter words)
      throws IOException {
    this.topic = topic;
    this.ids = ids;
    this.words = words;
    this.waiting = new WaitingWords(words, WaitingWords.PATIENCE);
    this.client = broker.with(PROPERTIES);
    try {
      this.producer =
          new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer());
    } catch (KafkaException e) {
      throw new IOException(words(e), e);
    }
  }

  void publish(PromptLine prompt) throws IOException {
    if (inFlight.isEmpty() && published == 0) {
      // Until the brokers say where the topic is, the first one does not get away.
      waiting.on("%s and its topic %s".formatted(brokers(), topic));
    }
    try {
      Future<RecordMetadata> acknowledged =
          producer.send(
              new ProducerRecord<>(
                  topic, prompt.id().getBytes(UTF_8), prompt.body().getBytes(UTF_8)));
      inFlight.add(new Sent(prompt.id(), acknowledged));
    } catch (KafkaException e) {
      throw failure(e);
    }
    waiting.over();
    while (inFlight.size() > MOST_IN_FLIGHT
        || (!inFlight.isEmpty() && inFlight.peek().acknowledged.isDone())) {
      awaitOldest();
    }
  }

  /** Waits until the broker has everything. */
  void finish() throws IOException {
    waiting.on("%s to confirm the rest of the prompts".formatted(brokers()));
    producer.flush();
    waiting.over();
    while (!inFlight.isEmpty()) {
      awaitOldest();
    }
    words.println("published " + published + " to " + topic);
  }

  @Override
  public void close() {
    waiting.close();
    producer.close(Duration.ZERO);
  }

  private void awaitOldest() throws IOException {
    Sent oldest = inFlight.remove();
    try {
      oldest.acknowledged.get();
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    ids.println(oldest.id);
    published++;
    if (published % PROGRESS_EVERY == 0) {
      words.println("published " + published);
    }
  }

  private IOException failure(Throwable cause) {
    waiting.over();
    String words =
        cause.getMessage() != null && cause.getMessage().contains(" not present in metadata")
            ? ofMissingMetadata(cause)
            : words(cause);
    return new IOException("%d published, then: %s".formatted(published, words), cause);
  }

  // A producer says the same of a broker that is not there and of a topic that is not.
  private String ofMissingMetadata(Throwable cause) {
    Map<String, Object> asking = new HashMap<>(client);
    asking.keySet().retainAll(AdminClientConfig.configNames());
    asking.putAll(Map.of("default.api.timeout.ms", 2_000, "request.timeout.ms", 2_000));
    try (Admin admin = Admin.create(asking)) {
      admin.describeTopics(List.of(topic)).allTopicNames().get();
      return words(cause);
    } catch (ExecutionException e) {
      return e.getCause() instanceof UnknownTopicOrPartitionException
          ? "there is no topic %s at %s; create it, or name another with --topic"
              .formatted(topic, brokers())
          : words(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return words(cause);
    }
  }

  private String words(Throwable cause) {
    return KafkaFailure.words(cause, client, Said.BY_OPTIONS);
  }

  private String brokers() {
    return client.get("bootstrap.servers").toString();
  }

  private record Sent(String id, Future<RecordMetadata> acknowledged) {}
}
