package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.openautoglm.jobs.configuration.ConfigurationException;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.kafka.start.StartOptions;
import org.openautoglm.jobs.local.JobDefinition;
import org.openautoglm.jobs.local.LocalRun;
import org.openautoglm.jobs.models.CatalogModel;
import org.openautoglm.jobs.models.ModelCatalog;
import org.openautoglm.jobs.models.ModelStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code local [--config F] [--kafka-port P] [--ui-port P] [--data DIR]}. */
@Command(
    name = "local",
    header = "Run a broker, the job and Flink's web page until Ctrl-C",
    description = {
      "Runs a broker, the job and Flink's web page in one process until Ctrl-C. Prints",
      "`ready bootstrap=HOST:PORT ui=URL` once they serve. Without --config, the demo models that",
      "were pulled answer. The embedded broker takes the place of the configuration's."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  autoglm local",
      "  autoglm local --config job.yaml --kafka-port 0 --ui-port 0 --data data"
    })
final class LocalCommand implements Callable<Integer> {
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final JobDefinition job;
  private final Interruption interruption;

  @Spec private CommandSpec spec;
  @Mixin private HostOptions host;

  @Option(names = "--config", paramLabel = "F", description = "the job's configuration")
  private Optional<Path> config;

  @Option(
      names = {"--ui-port", "--port"},
      paramLabel = "P",
      converter = PortOption.class,
      defaultValue = "8081",
      description = "of the web page; ${DEFAULT-VALUE} unless given; 0 takes a free one")
  private int uiPort;

  @Option(
      names = "--fresh",
      description =
          "start without state although the broker in --data knows the job: go on from its"
              + " group's offsets")
  private boolean fresh;

  LocalCommand(JobDefinition job, Interruption interruption) {
    this.job = job;
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws IOException, ConfigurationException {
    JobConfiguration configuration =
        config.isPresent() ? ConfigurationFile.load(config.get()) : ofPulledModels();
    host.startLog();
    List<String> security = configuration.kafka().security();
    if (!security.isEmpty()) {
      spec.commandLine()
          .getErr()
          .println(
              "the embedded broker has no security, so these are left out with its address: "
                  + String.join(", ", security));
    }
    JobStart.requireModels(configuration);
    try (LocalRun run =
        LocalRun.start(
            this::define,
            configuration,
            new LocalRun.Place(host.data(), host.kafkaPort(), uiPort))) {
      JobStart start = new JobStart(run, interruption, spec.commandLine().getErr());
      if (start.awaitRunning()) {
        spec.commandLine()
            .getOut()
            .printf("ready bootstrap=%s ui=%s%n", run.bootstrapServers(), run.webPage())
            .flush();
        while (!interruption.await(LOOK)) {
          if (!start.requireAlive()) {
            spec.commandLine().getErr().println("everything is answered");
            break;
          }
        }
      }
      spec.commandLine().getErr().println("stopping");
    }
    return 0;
  }

  private void define(StreamExecutionEnvironment env, JobConfiguration configuration)
      throws Exception {
    env.configure(new StartOptions(fresh, "").toConfiguration());
    job.define(env, configuration);
  }

  private static JobConfiguration ofPulledModels() throws IOException, ConfigurationException {
    ModelStore store = ModelStore.ofEnvironment();
    List<CatalogModel> pulled = ModelCatalog.load().models().stream().filter(store::has).toList();
    if (pulled.isEmpty()) {
      throw new IOException(
          "no model is here; pull one (autoglm models pull bge-small-zh) or give --config");
    }
    return DemoConfiguration.of(pulled, store);
  }
}
