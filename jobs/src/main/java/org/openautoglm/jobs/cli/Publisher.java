package org.openautoglm.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.openautoglm.jobs.local.EmbeddedBroker;

/**
 * Publishes prompts in order and prints the id of each once the broker has it. Used by one thread.
 */
final class Publisher implements AutoCloseable {
  private static final int MOST_IN_FLIGHT = 10_000;
  private static final int PROGRESS_EVERY = 10_000;

  private final KafkaProducer<byte[], byte[]> producer;
  private final String topic;
  private final String bootstrap;
  private final PrintWriter ids;
  private final PrintWriter words;
  private final Queue<Sent> inFlight = new ArrayDeque<>();
  private long published;

  Publisher(BrokerOptions broker, String topic, PrintWriter ids, PrintWriter words) {
    this.topic = topic;
    this.bootstrap = broker.bootstrap();
    this.ids = ids;
    this.words = words;
    this.producer =
        new KafkaProducer<>(
            broker.with(
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
                    EmbeddedBroker.MAX_MESSAGE_BYTES)),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  void publish(PromptLine prompt) throws IOException {
    try {
      Future<RecordMetadata> acknowledged =
          producer.send(
              new ProducerRecord<>(
                  topic, prompt.id().getBytes(UTF_8), prompt.body().getBytes(UTF_8)));
      inFlight.add(new Sent(prompt.id(), acknowledged));
    } catch (KafkaException e) {
      throw failure(e);
    }
    while (inFlight.size() > MOST_IN_FLIGHT
        || (!inFlight.isEmpty() && inFlight.peek().acknowledged.isDone())) {
      awaitOldest();
    }
  }

  /** Waits until the broker has everything. */
  void finish() throws IOException {
    producer.flush();
    while (!inFlight.isEmpty()) {
      awaitOldest();
    }
    words.println("published " + published + " to " + topic);
  }

  @Override
  public void close() {
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
    // Only silence leaves open whether anybody is there.
    String question =
        cause instanceof TimeoutException
            ? "; is a broker at %s, with the topic %s?".formatted(bootstrap, topic)
            : "";
    return new IOException(
        "%d published, then: %s%s".formatted(published, cause.getMessage(), question), cause);
  }

  private record Sent(String id, Future<RecordMetadata> acknowledged) {}
}
