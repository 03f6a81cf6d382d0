package org.openautoglm.jobs.kafka.clients;

import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.openautoglm.jobs.configuration.KafkaConfiguration;

/**
 * What Kafka's clients of one job are set to: the brokers, {@code kafka.properties} for every
 * client, and over them what is for one kind of client alone. Whoever makes a client takes its
 * properties from here, so that no client is without the security of the others.
 *
 * <p>Values that name a file (<code>${file:…}</code>, <code>${directory:…}</code>) stay as they
 * are: each client reads the file where and when it is made, so that no secret travels with the
 * job, and a secret that was renewed holds from the next start of the client.
 */
public final class KafkaClients {
  /** Short, as people wait for what an admin client finds out. */
  private static final Map<String, String> ADMIN_TIMEOUTS =
      Map.of(
          AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, "10000",
          AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, "5000");

  private KafkaClients() {}

  /** For an admin client; its calls end within ten seconds unless the file says otherwise. */
  public static Properties admin(KafkaConfiguration kafka) {
    Properties properties = new Properties();
    properties.putAll(ADMIN_TIMEOUTS);
    properties.putAll(common(kafka));
    return SecretFiles.readable(properties);
  }

  /**
   * For a consumer of what is committed. It has no group and no deserializers, and starts where the
   * caller says.
   */
  public static Properties consumer(KafkaConfiguration kafka) {
    Properties properties = common(kafka);
    // Prompts of an aborted transaction were never published.
    properties.setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.putAll(kafka.consumer());
    return SecretFiles.readable(properties);
  }

  /** For a producer; it has no serializers. */
  public static Properties producer(KafkaConfiguration kafka) {
    Properties properties = common(kafka);
    properties.putAll(kafka.producer());
    return SecretFiles.readable(properties);
  }

  /** The same properties, of which those that name a secret's file can be read. */
  public static Map<String, Object> readable(Map<String, Object> properties) {
    Map<Object, Object> all = SecretFiles.readable(new HashMap<>(properties));
    Map<String, Object> named = new HashMap<>();
    all.forEach((name, value) -> named.put(name.toString(), value));
    return named;
  }

  private static Properties common(KafkaConfiguration kafka) {
    Properties properties = new Properties();
    properties.putAll(kafka.properties());
    properties.setProperty(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
    return properties;
  }
}
