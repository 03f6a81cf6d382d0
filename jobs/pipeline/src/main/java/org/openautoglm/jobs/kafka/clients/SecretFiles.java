package org.openautoglm.jobs.kafka.clients;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.provider.DirectoryConfigProvider;
import org.apache.kafka.common.config.provider.FileConfigProvider;

/**
 * Values that Kafka's clients read from files when they are made: <code>${file:FILE:KEY}</code> is
 * a line of a properties file, <code>${directory:DIRECTORY:FILE}</code> a whole file, as Kubernetes
 * mounts secrets. Kafka's own config providers read them.
 */
final class SecretFiles {
  private static final String PROVIDERS = AbstractConfig.CONFIG_PROVIDERS_CONFIG;

  /** The providers that a client gets by itself, by the name that values call them by. */
  private static final Map<String, String> CLASSES =
      new LinkedHashMap<>(
          Map.of(
              "file", FileConfigProvider.class.getName(),
              "directory", DirectoryConfigProvider.class.getName()));

  private SecretFiles() {}

  /** The same properties with the providers that their values ask for and that nobody set up. */
  static <M extends Map<Object, Object>> M readable(M properties) {
    TreeSet<String> needed = new TreeSet<>();
    for (String provider : CLASSES.keySet()) {
      boolean asked =
          properties.values().stream()
              .anyMatch(value -> value.toString().contains("${" + provider + ":"));
      if (asked && !properties.containsKey(PROVIDERS + "." + provider + ".class")) {
        needed.add(provider);
      }
    }
    if (needed.isEmpty()) {
      return properties;
    }
    String given = properties.getOrDefault(PROVIDERS, "").toString();
    String added = String.join(",", needed);
    properties.put(PROVIDERS, given.isBlank() ? added : given + "," + added);
    needed.forEach(
        provider -> properties.put(PROVIDERS + "." + provider + ".class", CLASSES.get(provider)));
    return properties;
  }
}
