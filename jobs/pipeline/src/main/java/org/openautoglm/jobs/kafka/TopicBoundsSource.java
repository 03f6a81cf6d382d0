package org.openautoglm.jobs.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.openautoglm.jobs.configuration.JobConfiguration.Delivery;
import org.openautoglm.jobs.configuration.KafkaConfiguration;
import org.openautoglm.jobs.kafka.clients.KafkaClients;
import org.openautoglm.operators.settlement.OutputBounds;
import org.openautoglm.schemas.flow.OutputRecord.Destination;

/**
 * How tasks come by what the output topics take. The tasks of a process share one reader, which
 * ends with the last of them.
 *
 * @param admin the properties of an admin client
 * @param topics the names of the topics
 * @param mostBytes what no record exceeds, whatever the topics take: the configuration's bound, and
 *     the producer's
 * @param pause between two readings
 */
public record TopicBoundsSource(
    Map<String, String> admin, Map<Destination, String> topics, int mostBytes, Duration pause)
    implements OutputBounds.Source {
  private static final Duration PAUSE = Duration.ofSeconds(30);

  /** The readers of this process, each with the number of tasks that use it. */
  private static final Map<TopicBoundsSource, Shared> SHARED = new HashMap<>();

  public TopicBoundsSource {
    admin = Map.copyOf(admin);
    topics = Map.copyOf(topics);
  }

  /** For the topics of a job. */
  public static TopicBoundsSource of(
      KafkaConfiguration kafka, Delivery delivery, int maxResultBytes) {
    Map<String, String> admin = new HashMap<>();
    KafkaClients.admin(kafka)
        .forEach((name, value) -> admin.put(name.toString(), value.toString()));
    KafkaConfiguration.Topics topics = kafka.topics();
    return new TopicBoundsSource(
        admin,
        Map.of(
            Destination.RESULTS, topics.results(),
            Destination.AUDIT, topics.audit(),
            Destination.DEAD_LETTERS, topics.deadLetters()),
        mostBytes(KafkaEnds.producerProperties(kafka, delivery, maxResultBytes), maxResultBytes),
        PAUSE);
  }

  private static int mostBytes(Properties producer, int maxResultBytes) {
    int most = maxResultBytes;
    for (String bound :
        new String[] {
          ProducerConfig.MAX_REQUEST_SIZE_CONFIG, ProducerConfig.BUFFER_MEMORY_CONFIG
        }) {
      String given = producer.getProperty(bound);
      if (given != null) {
        most = (int) Math.min(most, Long.parseLong(given.trim()));
      }
    }
    return most;
  }

  /** Without the client's properties, among which there are secrets. */
  @Override
  public String toString() {
    return "TopicBoundsSource[%s, %d bytes at most]".formatted(topics, mostBytes);
  }

  @Override
  public OutputBounds open() {
    long askedNanos = System.nanoTime();
    Shared shared;
    synchronized (SHARED) {
      shared = SHARED.computeIfAbsent(this, source -> new Shared(new TopicBounds(source, pause)));
      shared.tasks++;
    }
    shared.bounds.read(askedNanos);
    return new Use(this, shared);
  }

  private static final class Shared {
    private final TopicBounds bounds;
    private int tasks;

    Shared(TopicBounds bounds) {
      this.bounds = bounds;
    }
  }

  /** One task's share. */
  private record Use(TopicBoundsSource source, Shared shared) implements OutputBounds {
    @Override
    public int maxBytes(Destination destination) {
      return shared.bounds.maxBytes(destination);
    }

    @Override
    public boolean needsKey(Destination destination) {
      return shared.bounds.needsKey(destination);
    }

    @Override
    public void close() {
      synchronized (SHARED) {
        shared.tasks--;
        if (shared.tasks == 0) {
          SHARED.remove(source);
          shared.bounds.close();
        }
      }
    }
  }
}
