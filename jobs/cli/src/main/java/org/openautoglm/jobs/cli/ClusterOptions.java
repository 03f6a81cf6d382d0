package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.openautoglm.jobs.cluster.ClusterDirectory;
import org.openautoglm.jobs.cluster.FlinkRest;
import org.openautoglm.jobs.cluster.Installation;
import org.openautoglm.jobs.cluster.LocalFlink;
import picocli.CommandLine.Option;

/** Which Flink cluster a command speaks to. */
final class ClusterOptions {
  @Option(
      names = "--cluster",
      paramLabel = "URL",
      description =
          "the cluster's REST interface, such as http://localhost:8081; unless given, AUTOGLM_CLUSTER"
              + " of the environment, or else the cluster that `autoglm cluster start` started",
      defaultValue = "${env:AUTOGLM_CLUSTER}")
  private Optional<String> url = Optional.empty();

  @Option(
      names = "-D",
      paramLabel = "KEY=VALUE",
      description = "an option of Flink's, such as security.ssl.rest.truststore=FILE")
  private Map<String, String> options = Map.of();

  /** Opens the connection. */
  FlinkRest open() throws IOException {
    return FlinkRest.open(url(), options());
  }

  Configuration options() {
    return Configuration.fromMap(options);
  }

  private String url() throws IOException {
    if (url.isPresent() && !url.get().isBlank()) {
      return url.get();
    }
    return onThisMachine()
        .url()
        .orElseThrow(
            () ->
                new IOException(
                    "no cluster runs here; start one (autoglm cluster start), or name one with"
                        + " --cluster"));
  }

  /** The cluster of this machine. */
  static LocalFlink onThisMachine() throws IOException {
    Installation installation = Installation.ofEnvironment();
    return new LocalFlink(installation, ClusterDirectory.of(installation));
  }
}
