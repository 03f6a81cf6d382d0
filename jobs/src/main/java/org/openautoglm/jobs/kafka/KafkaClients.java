package org.openautoglm.jobs.kafka;

import java.util.Properties;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.openautoglm.jobs.configuration.KafkaConfiguration;

/** The properties that Kafka's clients are made with. */
public final class KafkaClients {
  private KafkaClients() {}

  /** An admin client's. */
  public static Properties admin(KafkaConfiguration kafka) {
    Properties properties = new Properties();
    properties.putAll(kafka.consumer());
    properties.setProperty(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
    return properties;
  }
}
