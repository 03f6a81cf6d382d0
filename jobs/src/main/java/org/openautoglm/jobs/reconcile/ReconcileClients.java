package org.openautoglm.jobs.reconcile;

import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.openautoglm.jobs.configuration.KafkaConfiguration;
import org.openautoglm.jobs.kafka.clients.KafkaClients;

/** The properties of the Kafka clients that reconciling takes. */
public record ReconcileClients(
    Map<String, Object> admin, Map<String, Object> consumer, Map<String, Object> producer) {

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
        asMap(KafkaClients.producer(kafka)));
  }

  /** The same properties for each. */
  public static ReconcileClients of(Map<String, Object> properties) {
    return new ReconcileClients(properties, properties, properties);
  }

  private static Map<String, Object> asMap(Properties properties) {
    Map<String, Object> map = new HashMap<>();
    properties.stringPropertyNames().forEach(name -> map.put(name, properties.getProperty(name)));
    return map;
  }
}
