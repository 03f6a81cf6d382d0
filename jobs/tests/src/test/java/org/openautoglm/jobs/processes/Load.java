package org.openautoglm.jobs.processes;

import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Publishes prompts at a steady pace until it is told to stop, through everything that happens to
 * the broker: each prompt is published once.
 */
final class Load implements AutoCloseable {
  private final KafkaProducer<byte[], byte[]> producer;
  private final String topic;
  private final long nanosBetween;
  private final Thread thread;
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private volatile boolean stopping;
  private volatile int published;

  Load(String bootstrapServers, String topic, int perSecond) {
    this.topic = topic;
    nanosBetween = 1_000_000_000L / perSecond;
    producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers", bootstrapServers,
                "acks", "all",
                "enable.idempotence", "true",
                "linger.ms", "5",
                "max.block.ms", "600000",
                "delivery.timeout.ms", "600000"),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    thread = new Thread(this::publish, "chaos-load");
    thread.start();
  }

  private void publish() {
    long nextNs = System.nanoTime();
    for (int i = 0; !stopping; i++) {
      var unused =
          producer.send(Prompts.record(topic, i), (metadata, e) -> failure.compareAndSet(null, e));
      published = i + 1;
      nextNs += nanosBetween;
      LockSupport.parkNanos(nextNs - System.nanoTime());
    }
  }

  /** Ends the load and waits until the broker has every prompt; how many there are. */
  int stop() throws Exception {
    stopping = true;
    thread.join();
    producer.flush();
    if (failure.get() != null) {
      throw failure.get();
    }
    return published;
  }

  @Override
  public void close() {
    stopping = true;
    producer.close(java.time.Duration.ZERO);
  }
}
