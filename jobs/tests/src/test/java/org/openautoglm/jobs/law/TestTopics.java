package org.openautoglm.jobs.law;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.openautoglm.jobs.configuration.ConfigurationException;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.local.EmbeddedBroker;
import org.openautoglm.jobs.local.SharedBroker;

/**
 * Four topics of one test's own on the shared broker, of one partition each, and clients for them.
 */
final class TestTopics {
  private final String bootstrapServers;
  private final Map<String, String> names;

  TestTopics(SharedBroker broker) {
    bootstrapServers = broker.bootstrapServers();
    names = broker.newTopics(Map.of("prompts", 1, "results", 1, "audit", 1, "dead-letters", 1));
  }

  String prompts() {
    return names.get("prompts");
  }

  String results() {
    return names.get("results");
  }

  String audit() {
    return names.get("audit");
  }

  String deadLetters() {
    return names.get("dead-letters");
  }

  /**
   * A job on these topics, exactly once.
   *
   * @param models the list of models, in YAML
   */
  JobConfiguration configuration(String models) throws ConfigurationException {
    return configuration(models, "");
  }

  /**
   * A job on these topics, exactly once.
   *
   * @param models the list of models, in YAML
   * @param more further options, in YAML
   */
  JobConfiguration configuration(String models, String more) throws ConfigurationException {
    return ConfigurationFile.parse(
        """
        kafka:
          bootstrap_servers: %s
          topics: {prompts: %s, results: %s, audit: %s, dead_letters: %s}
          transactional_id_prefix: %s
        checkpoint_interval: 500ms
        %s
        models:
        %s"""
            .formatted(
                bootstrapServers,
                prompts(),
                results(),
                audit(),
                deadLetters(),
                prompts(),
                more,
                models.indent(2)),
        Map.of());
  }

  /** A producer that takes the largest records. */
  KafkaProducer<byte[], byte[]> producer() {
    return new KafkaProducer<>(
        Map.of(
            "bootstrap.servers",
            bootstrapServers,
            "max.request.size",
            EmbeddedBroker.MAX_MESSAGE_BYTES,
            "buffer.memory",
            3L * EmbeddedBroker.MAX_MESSAGE_BYTES),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  /** A consumer of what is committed, from the beginning. */
  KafkaConsumer<byte[], byte[]> committed(String... topics) {
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers", bootstrapServers,
                "isolation.level", "read_committed",
                "enable.auto.commit", "false"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        Stream.of(topics).map(topic -> new TopicPartition(topic, 0)).toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    return consumer;
  }
}
