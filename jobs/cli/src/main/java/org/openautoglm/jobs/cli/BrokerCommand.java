package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.openautoglm.jobs.configuration.ConfigurationException;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.KafkaConfiguration;
import org.openautoglm.jobs.local.EmbeddedBroker;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code broker [--config F]… [--kafka-port P] [--partitions N] [--data DIR]}. */
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
  private final Interruption interruption;

  @Spec private CommandSpec spec;
  @Mixin private HostOptions host;

  @Option(
      names = "--config",
      paramLabel = "F",
      description =
          "a job's configuration, which names the topics, and may be given for each of several jobs;"
              + " without it, they have the usual names")
  private List<Path> configs = List.of();

  @Option(
      names = "--partitions",
      paramLabel = "N",
      defaultValue = "4",
      description = "of topics that are new; ${DEFAULT-VALUE} unless given")
  private int partitions;

  BrokerCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws IOException, ConfigurationException {
    if (partitions < 1) {
      throw new ParameterException(spec.commandLine(), "--partitions must be 1 or more");
    }
    Map<String, Integer> topics = new LinkedHashMap<>();
    for (KafkaConfiguration kafka : ofJobs()) {
      kafka.topics().names().forEach(name -> topics.put(name, partitions));
    }
    host.startLog();
    try (EmbeddedBroker broker =
        EmbeddedBroker.start(host.data().map(Path::toAbsolutePath), host.kafkaPort())) {
      broker.createTopics(topics);
      spec.commandLine().getOut().println("ready bootstrap=" + broker.bootstrapServers());
      spec.commandLine().getOut().flush();
      interruption.await();
      spec.commandLine().getErr().println("stopping");
    }
    return 0;
  }

  private List<KafkaConfiguration> ofJobs() throws IOException, ConfigurationException {
    if (configs.isEmpty()) {
      return List.of(ConfigurationFile.usualKafka());
    }
    List<KafkaConfiguration> all = new ArrayList<>();
    for (Path config : configs) {
      all.add(ConfigurationFile.load(config).kafka());
    }
    return all;
  }
}
