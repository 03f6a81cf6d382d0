package org.openautoglm.jobs.configuration;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A kind of Kafka client, as Kafka's own configuration classes know it. */
@SuppressWarnings("ImmutableEnumChecker") // Nobody changes them; Kafka has no type that says so.
enum KafkaClientKind {
  ADMIN(
      AdminClientConfig.configDef(),
      Set.of(),
      Map.of(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, "10000")) {
    @Override
    AbstractConfig configure(Map<String, Object> properties) {
      return new AdminClientConfig(properties);
    }

    @Override
    Optional<String> refusal(AbstractConfig read) {
      return Optional.empty();
    }
  },
  CONSUMER(
      ConsumerConfig.configDef(),
      // The connector's, which it takes from among the consumer's.
      Set.of("client.id.prefix", "register.consumer.metrics"),
      Map.of(
          ConsumerConfig.GROUP_ID_CONFIG,
          "group",
          ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
          "false",
          ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
          ByteArrayDeserializer.class,
          ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
          ByteArrayDeserializer.class)) {
    @Override
    AbstractConfig configure(Map<String, Object> properties) {
      return new ConsumerConfig(properties);
    }

    // As the consumer's coordinator says it, once it is made.
    @Override
    Optional<String> refusal(AbstractConfig read) {
      return read.getInt(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG)
              >= read.getInt(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG)
          ? Optional.of("heartbeat.interval.ms must be less than session.timeout.ms")
          : Optional.empty();
    }
  },
  PRODUCER(
      ProducerConfig.configDef(),
      Set.of("register.producer.metrics", "flink.disable-metrics"),
      Map.of(
          ProducerConfig.ACKS_CONFIG, "all",
          ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true",
          ProducerConfig.LINGER_MS_CONFIG, "20",
          ProducerConfig.TRANSACTIONAL_ID_CONFIG, "id",
          ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, "900000",
          ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class,
          ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class)) {
    @Override
    AbstractConfig configure(Map<String, Object> properties) {
      return new ProducerConfig(properties);
    }

    // As the producer's constructor says it, where the file gives the time for delivery.
    @Override
    Optional<String> refusal(AbstractConfig read) {
      long least =
          read.getLong(ProducerConfig.LINGER_MS_CONFIG)
              + read.getInt(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG);
      return read.originals().containsKey(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG)
              && read.getInt(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG) < least
          ? Optional.of(
              "delivery.timeout.ms must be at least linger.ms + request.timeout.ms, %d here"
                  .formatted(least))
          : Optional.empty();
    }
  };

  private final ConfigDef definition;
  private final Set<String> connector;
  private final Map<String, Object> setByTheJob;

  KafkaClientKind(ConfigDef definition, Set<String> connector, Map<String, Object> setByTheJob) {
    this.definition = definition;
    this.connector = connector;
    this.setByTheJob = setByTheJob;
  }

  abstract AbstractConfig configure(Map<String, Object> properties);

  abstract Optional<String> refusal(AbstractConfig read);

  /** The names of Kafka that this client knows. */
  Set<String> names() {
    return definition.names();
  }

  boolean knows(String name) {
    return definition.names().contains(name) || connector.contains(name);
  }

  /** What is wrong with one value by itself; a class is not looked for, it may lie elsewhere. */
  Optional<String> problemOf(String name, String value) {
    ConfigDef.ConfigKey key = definition.configKeys().get(name);
    if (key == null || key.type() == ConfigDef.Type.CLASS) {
      return Optional.empty();
    }
    try {
      Object parsed = ConfigDef.parseType(name, value, key.type());
      if (key.validator != null) {
        key.validator.ensureValid(name, parsed);
      }
      return Optional.empty();
    } catch (ConfigException e) {
      return Optional.of(e.getMessage());
    }
  }

  /** Why Kafka would not make a client of values that are right by themselves. */
  Optional<String> problemOf(Map<String, String> properties) {
    Map<String, Object> all = new HashMap<>(setByTheJob);
    all.put("bootstrap.servers", "localhost:9092");
    properties.forEach(
        (name, value) -> {
          ConfigDef.ConfigKey key = definition.configKeys().get(name);
          if (key != null && key.type() != ConfigDef.Type.CLASS) {
            all.put(name, value);
          }
        });
    try {
      return refusal(configure(all));
    } catch (ConfigException e) {
      return Optional.of(e.getMessage());
    }
  }
}
