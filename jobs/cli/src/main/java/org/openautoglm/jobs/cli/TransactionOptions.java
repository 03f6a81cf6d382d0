package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.openautoglm.jobs.configuration.ConfigurationException;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.configuration.KafkaConfiguration;
import org.openautoglm.jobs.kafka.KafkaEnds;
import org.openautoglm.jobs.kafka.clients.KafkaClients;
import org.openautoglm.jobs.kafka.clients.KafkaFailure.Said;
import org.openautoglm.jobs.kafka.transactions.OwnIds;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which job's transactions a command is about, and where its brokers are. */
final class TransactionOptions {
  @Mixin private BrokerOptions broker;

  @Option(
      names = "--config",
      paramLabel = "F",
      description =
          "the job's configuration: its brokers, names and topics, instead of those below")
  private Optional<Path> config = Optional.empty();

  @Option(
      names = "--prefix",
      paramLabel = "P",
      defaultValue = "autoglm",
      description =
          "the job's name, or its kafka.transactional_id_prefix; ${DEFAULT-VALUE} unless given")
  private String prefix;

  /**
   * What the options come to.
   *
   * @param admin the properties of an admin client
   * @param producer the properties of a producer
   * @param job the job's name
   * @param prefix begins the ids of the job's transactions
   * @param outputs the topics that it writes
   * @param said where the brokers were given
   */
  record Job(
      Properties admin,
      Properties producer,
      String job,
      String prefix,
      List<String> outputs,
      Said said) {

    /** The ids of both sinks. */
    OwnIds ids() {
      return new OwnIds(KafkaEnds.transactionalIds(prefix));
    }
  }

  Job job() throws IOException, ConfigurationException {
    if (config.isPresent()) {
      JobConfiguration job = ConfigurationFile.load(config.get());
      KafkaConfiguration kafka = job.kafka();
      return new Job(
          KafkaClients.admin(kafka),
          KafkaClients.producer(kafka),
          job.name(),
          kafka.transactionalIdPrefix(),
          kafka.topics().outputs(),
          Said.IN_THE_CONFIGURATION);
    }
    Properties client = new Properties();
    client.putAll(
        broker.with(Map.of("default.api.timeout.ms", "10000", "request.timeout.ms", "5000")));
    return new Job(
        client,
        client,
        prefix,
        prefix,
        ConfigurationFile.usualKafka().topics().outputs(),
        Said.BY_OPTIONS);
  }
}
