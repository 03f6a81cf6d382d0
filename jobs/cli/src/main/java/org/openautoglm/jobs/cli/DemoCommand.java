package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.openautoglm.jobs.configuration.ConfigurationException;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.local.JobDefinition;
import org.openautoglm.jobs.local.LocalRun;
import org.openautoglm.jobs.models.CatalogModel;
import org.openautoglm.jobs.models.ModelCatalog;
import org.openautoglm.jobs.models.ModelStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code demo}. */
@Command(
    name = "demo",
    header = "Show the main job from nothing, with real models",
    description = {
      "Shows the main job from nothing: pulls the demo models, starts a broker and the job,"
          + " publishes",
      "sample prompts, prints the answers as they are committed, and stops.",
      "Exits with 0 when every prompt was answered."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  autoglm demo"})
final class DemoCommand implements Callable<Integer> {
  // Long enough for slow machines; a job that has failed for good is noticed at once.
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

  private final JobDefinition job;
  private final Interruption interruption;

  @Spec private CommandSpec spec;
  @Mixin private LogOptions log;

  DemoCommand(JobDefinition job, Interruption interruption) {
    this.job = job;
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws IOException, ConfigurationException {
    log.start(Optional.empty());
    ModelStore store = ModelStore.ofEnvironment();
    List<CatalogModel> models = pullWhatIsThere(store);
    if (models.isEmpty()) {
      throw new IOException("no model could be pulled, so there is nothing to show");
    }
    JobConfiguration configuration = DemoConfiguration.of(models, store);
    words("starting a broker, Flink and the job");
    try (LocalRun run =
        LocalRun.start(job, configuration, new LocalRun.Place(Optional.empty(), 0, 0))) {
      words("Flink's web page: " + run.webPage());
      JobStart start = new JobStart(run, interruption, spec.commandLine().getErr());
      if (!start.awaitRunning()) {
        return 1;
      }
      Map<String, DemoPrompt> prompts = publish(run, configuration, models);
      return show(run, configuration, start, prompts) ? 0 : 1;
    }
  }

  private List<CatalogModel> pullWhatIsThere(ModelStore store) {
    List<CatalogModel> models = new ArrayList<>();
    for (CatalogModel model : ModelCatalog.load().models()) {
      if (interruption.isRequested()) {
        break;
      }
      try {
        store.pull(model, new PullWords(model.name(), spec.commandLine().getErr()));
        models.add(model);
      } catch (IOException e) {
        words("skipping " + model.name() + ": " + e.getMessage());
      }
    }
    return models;
  }

  private Map<String, DemoPrompt> publish(
      LocalRun run, JobConfiguration configuration, List<CatalogModel> models) throws IOException {
    Map<String, DemoPrompt> prompts = new LinkedHashMap<>();
    for (CatalogModel model : models) {
      for (List<String> inputs : model.samples()) {
        String id = "demo-" + (prompts.size() + 1);
        prompts.put(id, new DemoPrompt(id, model.name(), inputs));
      }
    }
    try (Publisher publisher =
        new Publisher(
            BrokerOptions.at(run.bootstrapServers()),
            configuration.kafka().topics().prompts(),
            new PrintWriter(Writer.nullWriter()),
            spec.commandLine().getErr())) {
      for (DemoPrompt prompt : prompts.values()) {
        publisher.publish(prompt.toLine());
      }
      publisher.finish();
    }
    return prompts;
  }

  private boolean show(
      LocalRun run,
      JobConfiguration configuration,
      JobStart start,
      Map<String, DemoPrompt> unanswered)
      throws IOException {
    int total = unanswered.size();
    int answered = 0;
    long startNanos = System.nanoTime();
    try (CommittedRecords results =
        new CommittedRecords(
            BrokerOptions.at(run.bootstrapServers()).with(CommittedRecords.properties()),
            configuration.kafka().topics().results(),
            false)) {
      while (!unanswered.isEmpty() && !interruption.isRequested()) {
        for (ConsumerRecord<byte[], byte[]> record : results.poll()) {
          DemoAnswer answer = DemoAnswer.parse(RecordLine.of(record));
          DemoPrompt prompt = unanswered.remove(answer.requestId());
          if (prompt != null) {
            spec.commandLine().getOut().println(answer.toText(prompt));
            answered += answer.isOk() ? 1 : 0;
          }
        }
        start.requireAlive();
        if (System.nanoTime() - startNanos > LONGEST_WAIT.toNanos()) {
          throw new IOException(unanswered.size() + " prompts were not answered in time");
        }
      }
    }
    words("%d of %d prompts answered".formatted(answered, total));
    return answered == total;
  }

  private void words(String line) {
    spec.commandLine().getErr().println(line);
  }
}
