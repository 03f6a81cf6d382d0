package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of a command that runs the embedded broker in its own process until Ctrl-C. */
final class HostOptions {
  @Mixin private LogOptions log;

  @Option(
      names = "--kafka-port",
      paramLabel = "P",
      converter = PortOption.class,
      defaultValue = "9092",
      description = "${DEFAULT-VALUE} unless given; 0 takes a free one")
  private int kafkaPort;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "where topics and state are kept for the next run; temporary unless given")
  private Optional<Path> data;

  int kafkaPort() {
    return kafkaPort;
  }

  Optional<Path> data() {
    return data;
  }

  /** Begins the log, where {@code --verbose} and {@code --data} say. */
  void startLog() throws IOException {
    log.start(data);
  }
}
