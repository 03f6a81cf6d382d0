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
 * @param properties of every client, as they stand in the file
 * @param consumer further properties of the consumer alone, as they stand in the file
 * @param producer further properties of the producer alone, as they stand in the file
 * @param transactionalIdPrefix begins the names of the job's transactions
 * @param transactionTimeout how long a transaction may stay open
 */
public record KafkaConfiguration(
    String bootstrapServers,
    Topics topics,
    String groupId,
    Map<String, String> properties,
    Map<String, String> consumer,
    Map<String, String> producer,
    String transactionalIdPrefix,
    Duration transactionTimeout) {

  public KafkaConfiguration {
    properties = Map.copyOf(properties);
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
        other,
        topics,
        groupId,
        properties,
        consumer,
        producer,
        transactionalIdPrefix,
        transactionTimeout);
  }

  /** Without the values of properties, among which there are secrets. */
  @Override
  public String toString() {
    return "KafkaConfiguration[%s, %s, group %s, properties of %s, %s, %s, %s, %s]"
        .formatted(
            bootstrapServers,
            topics,
            groupId,
            properties.keySet(),
            consumer.keySet(),
            producer.keySet(),
            transactionalIdPrefix,
            transactionTimeout);
  }
}
