package org.openautoglm.jobs.configuration;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Where prompts come from and answers go.
 *
 * @param bootstrapServers the brokers to start from, {@code HOST:PORT}, separated by commas
 * @param topics the four topics
 * @param groupId the consumer group whose offsets show how far the job has read
 * @param consumer further properties of the consumer, as they are
 * @param producer further properties of the producer, as they are
 * @param transactionalIdPrefix begins the names of the job's transactions
 * @param transactionTimeout how long a transaction may stay open
 */
public record KafkaConfiguration(
    String bootstrapServers,
    Topics topics,
    String groupId,
    Map<String, String> consumer,
    Map<String, String> producer,
    String transactionalIdPrefix,
    Duration transactionTimeout) {

  public KafkaConfiguration {
    consumer = Map.copyOf(consumer);
    producer = Map.copyOf(producer);
  }

  /** The names of the four topics, all different. */
  public record Topics(String prompts, String results, String audit, String deadLetters) {

    /** The four, prompts first. */
    public List<String> names() {
      return List.of(prompts, results, audit, deadLetters);
    }
  }

  KafkaConfiguration withBootstrapServers(String other) {
    return new KafkaConfiguration(
        other, topics, groupId, consumer, producer, transactionalIdPrefix, transactionTimeout);
  }
}
