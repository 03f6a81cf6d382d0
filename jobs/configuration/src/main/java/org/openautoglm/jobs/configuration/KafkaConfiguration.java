package org.openautoglm.jobs.configuration;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Where prompts come from and answers go.
 *
 * @param bootstrapServers the brokers to start from, {@code HOST:PORT}, separated by commas
 * @param topics where prompts come from and answers go
 * @param startFrom where a job without state starts; null: at the group's offsets
 * @param until where the job ends by itself; null: never
 * @param partitionDiscovery how often new partitions and topics are looked for
 * @param groupId the consumer group whose offsets show how far the job has read
 * @param properties of every client, as they stand in the file
 * @param consumer further properties of the consumer alone, as they stand in the file
 * @param producer further properties of the producer alone, as they stand in the file
 * @param transactionalIdPrefix begins the names of the job's transactions
 * @param transactionTimeout how long a transaction may stay open
 * @param lostTransactions the names of transactions whose loss is accepted
 */
public record KafkaConfiguration(
    String bootstrapServers,
    Topics topics,
    ReadMoment startFrom,
    ReadMoment until,
    Duration partitionDiscovery,
    String groupId,
    Map<String, String> properties,
    Map<String, String> consumer,
    Map<String, String> producer,
    String transactionalIdPrefix,
    Duration transactionTimeout,
    List<String> lostTransactions) {

  public KafkaConfiguration {
    properties = Map.copyOf(properties);
    consumer = Map.copyOf(consumer);
    producer = Map.copyOf(producer);
    lostTransactions = List.copyOf(lostTransactions);
  }

  /**
   * The topics, all different.
   *
   * @param promptTopics where requests are read from; empty where a pattern says it
   * @param promptsPattern a regular expression that the whole names of the prompts topics match;
   *     null where they are named
   */
  public record Topics(
      @JsonProperty("prompts") @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
          List<String> promptTopics,
      String promptsPattern,
      String results,
      String audit,
      String deadLetters) {

    public Topics {
      // Beside a pattern, a name is only the schema's default.
      promptTopics = promptsPattern == null ? List.copyOf(promptTopics) : List.of();
    }

    /** One prompts topic, by its name. */
    public Topics(String prompts, String results, String audit, String deadLetters) {
      this(List.of(prompts), null, results, audit, deadLetters);
    }

    /** Prompts topics by a pattern, and nothing to be written. */
    public static Topics matching(String pattern) {
      return new Topics(List.of(), pattern, "", "", "");
    }

    /** The named topics, prompts first. */
    public List<String> names() {
      return Stream.concat(promptTopics.stream(), outputs().stream()).toList();
    }

    /** The topics that the job writes. */
    public List<String> outputs() {
      return List.of(results, audit, deadLetters);
    }

    /**
     * The first of the prompts topics, for those who publish to one.
     *
     * @throws IllegalStateException where they are told by a pattern
     */
    public String prompts() {
      if (promptTopics.isEmpty()) {
        throw new IllegalStateException("the prompts topics are told by " + promptsPattern);
      }
      return promptTopics.get(0);
    }
  }

  /** The names of the properties that say how clients get into the brokers, each with its group. */
  public List<String> security() {
    List<String> names = new ArrayList<>();
    Map.of("properties", properties, "consumer", consumer, "producer", producer)
        .forEach(
            (group, of) ->
                of.keySet().stream()
                    .filter(KafkaConfiguration::isSecurity)
                    .forEach(name -> names.add("kafka." + group + "[" + name + "]")));
    return names.stream().sorted().toList();
  }

  /** The same on another broker, which has no security. */
  KafkaConfiguration withOpenBroker(String other) {
    return new KafkaConfiguration(
        other,
        topics,
        startFrom,
        until,
        partitionDiscovery,
        groupId,
        withoutSecurity(properties),
        withoutSecurity(consumer),
        withoutSecurity(producer),
        transactionalIdPrefix,
        transactionTimeout,
        lostTransactions);
  }

  private static Map<String, String> withoutSecurity(Map<String, String> properties) {
    Map<String, String> others = new HashMap<>(properties);
    others.keySet().removeIf(KafkaConfiguration::isSecurity);
    return others;
  }

  static boolean isSecurity(String property) {
    return property.startsWith("security.")
        || property.startsWith("sasl.")
        || property.startsWith("ssl.");
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
