package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.openautoglm.jobs.configuration.ConfigurationException;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.local.EmbeddedBroker;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code broker [--config F] [--kafka-port P] [--partitions N] [--data DIR]}. */
@Command(
    name = "broker",
    header = "Run a Kafka broker with the topics until Ctrl-C",
    description = {
      "Runs a Kafka broker of one node on this machine, with the four topics, until Ctrl-C. Prints",
      "`ready bootstrap=HOST:PORT` once it serves. For trying a cluster out; it has no security."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  autoglm broker --data kafka"})
final class BrokerCommand implements Callable<Integer> {
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final List<String> TOPICS =
      List.of("autoglm.prompts", "autoglm.results", "autoglm.audit", "autoglm.dead-letters");

  private final Interruption interruption;

  @Spec private CommandSpec spec;
  @Mixin private LogOptions log;

  @Option(
      names = "--config",
      paramLabel = "F",
      description =
          "a job's configuration, which names the topics; without it, they have the usual names")
  private Optional<Path> config;

  @Option(
      names = "--kafka-port",
      paramLabel = "P",
      converter = PortOption.class,
      defaultValue = "9092",
      description = "${DEFAULT-VALUE} unless given; 0 takes a free one")
  private int port;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      defaultValue = "4",
      description = "of topics that are new; ${DEFAULT-VALUE} unless given")
  private int partitions;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "where records are kept for the next run; temporary unless given")
  private Optional<Path> data;

  BrokerCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws IOException {
    if (partitions < 1) {
      throw new ParameterException(spec.commandLine(), "--partitions must be 1 or more");
    }
    Map<String, Integer> topics = new LinkedHashMap<>();
    try {
      List<String> names =
          config.isPresent()
              ? ConfigurationFile.load(config.get()).kafka().topics().names()
              : TOPICS;
      names.forEach(name -> topics.put(name, partitions));
    } catch (ConfigurationException e) {
      e.problems().forEach(spec.commandLine().getErr()::println);
      return 1;
    }
    log.start(data);
    try (EmbeddedBroker broker = EmbeddedBroker.start(data.map(Path::toAbsolutePath), port)) {
      broker.createTopics(topics);
      spec.commandLine().getOut().println("ready bootstrap=" + broker.bootstrapServers());
      spec.commandLine().getOut().flush();
      boolean ended = false;
      while (!ended) {
        ended = interruption.await(LOOK);
      }
      spec.commandLine().getErr().println("stopping");
    }
    return 0;
  }
}
