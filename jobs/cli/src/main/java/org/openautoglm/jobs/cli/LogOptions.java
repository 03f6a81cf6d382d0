package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.logging.log4j.core.config.Configurator;
import picocli.CommandLine.Option;

/** Where the log of a run in this process goes. */
final class LogOptions {
  @Option(
      names = "--verbose",
      description =
          "write the job's log to standard error; otherwise it is in job.log under --data")
  private boolean verbose;

  /** Begins the log: to standard error, to a file of the run's directory, or nowhere. */
  void start(Optional<Path> data) throws IOException {
    if (verbose) {
      System.setProperty("autoglm.verbose", "true");
      reconfigure("autoglm-log4j2-verbose.properties");
    } else if (data.isPresent()) {
      Files.createDirectories(data.get());
      System.setProperty("autoglm.log", data.get().resolve("job.log").toString());
      reconfigure("autoglm-log4j2-file.properties");
    }
  }

  private static void reconfigure(String resource) {
    Configurator.reconfigure(URI.create(LogOptions.class.getResource(resource).toString()));
  }
}
