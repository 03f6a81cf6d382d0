package org.openautoglm.jobs.reconcile;

import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.openautoglm.jobs.configuration.KafkaConfiguration;
import org.openautoglm.jobs.kafka.clients.KafkaClients;
import org.openautoglm.jobs.kafka.clients.KafkaFailure.Said;

/**
 * The properties of the Kafka clients that reconciling takes.
 *
 * @param said where they were given
 */
public record ReconcileClients(
    Map<String, Object> admin,
    Map<String, Object> consumer,
    Map<String, Object> producer,
    Said said) {

  public ReconcileClients {
    admin = Map.copyOf(admin);
    consumer = Map.copyOf(consumer);
    producer = Map.copyOf(producer);
  }

  /** Those of a job. */
  public static ReconcileClients of(KafkaConfiguration kafka) {
    return new ReconcileClients(
        asMap(KafkaClients.admin(kafka)),
        asMap(KafkaClients.consumer(kafka)),
        asMap(KafkaClients.producer(kafka)),
        Said.IN_THE_CONFIGURATION);
  }

  /** The same properties for each, from a command's options. */
  public static ReconcileClients of(Map<String, Object> properties) {
    return new ReconcileClients(properties, properties, properties, Said.BY_OPTIONS);
  }

  private static Map<String, Object> asMap(Properties properties) {
    Map<String, Object> map = new HashMap<>();
    properties.stringPropertyNames().forEach(name -> map.put(name, properties.getProperty(name)));
    return map;
  }
}
