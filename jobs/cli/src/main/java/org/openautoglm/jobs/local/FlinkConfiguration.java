package org.openautoglm.jobs.local;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;

/**
 * Flink's configuration of this project: {@code flink-conf/config.yaml} of the checkout that {@code
 * AUTOGLM_HOME} names, and without one the copy of it that the build put on the class path.
 */
public final class FlinkConfiguration {
  private static final String RESOURCE = "/flink-conf/config.yaml";
  private static final List<String> OF_JOBS =
      List.of("execution.", "pipeline.", "restart-strategy");

  private FlinkConfiguration() {}

  /** Reads it anew. */
  public static Configuration load() throws IOException {
    Optional<Path> checkout =
        Optional.ofNullable(System.getenv("AUTOGLM_HOME"))
            .map(home -> Path.of(home, "flink-conf"))
            .filter(directory -> Files.isRegularFile(directory.resolve("config.yaml")));
    return checkout.isPresent()
        ? GlobalConfiguration.loadConfiguration(checkout.get().toString())
        : loadCopy();
  }

  /**
   * Only what belongs to a job, and so travels with it: whoever makes a job's graph decides it, and
   * a cluster's own configuration is not asked.
   */
  public static Configuration ofJobs() throws IOException {
    Map<String, String> ofJobs = new HashMap<>(load().toMap());
    ofJobs.keySet().removeIf(key -> OF_JOBS.stream().noneMatch(key::startsWith));
    return Configuration.fromMap(ofJobs);
  }

  // Flink reads its configuration from directories only.
  private static Configuration loadCopy() throws IOException {
    Path directory = Files.createTempDirectory("autoglm-flink-conf");
    try (InputStream resource = FlinkConfiguration.class.getResourceAsStream(RESOURCE)) {
      Files.copy(resource, directory.resolve("config.yaml"));
      return GlobalConfiguration.loadConfiguration(directory.toString());
    } finally {
      TemporaryDirectory.delete(directory);
    }
  }
}
