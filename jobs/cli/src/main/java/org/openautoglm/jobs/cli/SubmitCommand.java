package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.openautoglm.jobs.cluster.ClusterDirectory;
import org.openautoglm.jobs.cluster.FlinkRest;
import org.openautoglm.jobs.cluster.Installation;
import org.openautoglm.jobs.cluster.JobSubmission;
import org.openautoglm.jobs.cluster.JobSubmission.StartingPoint;
import org.openautoglm.jobs.cluster.JobWatch;
import org.openautoglm.jobs.cluster.RunningJob;
import org.openautoglm.jobs.configuration.CheckpointPatience;
import org.openautoglm.jobs.configuration.ConfigurationException;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.kafka.preflight.Preflight;
import org.openautoglm.jobs.kafka.start.OneOfItsName;
import org.openautoglm.jobs.kafka.start.SharedPrompts;
import org.openautoglm.jobs.kafka.start.StartOptions;
import org.openautoglm.jobs.local.FlinkConfiguration;
import org.openautoglm.jobs.local.JobDefinition;
import org.openautoglm.jobs.local.RetainedCheckpoints;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code submit --config F [--cluster URL] [--from-savepoint P | --resume]}. */
@Command(
    name = "submit",
    header = "Run the job on a Flink cluster",
    description = {
      "Sends the job that a configuration describes to a Flink 2.3 cluster, waits until every task",
      "runs, and prints its id then; with --detached, as soon as the cluster has taken it. Relative",
      "model paths are relative to this directory; the models must be there on every TaskManager. A",
      "job that fails three times before it runs is cancelled."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  autoglm submit --config job.yaml",
      "  autoglm submit --config job.yaml --cluster http://flink:8081 --detached",
      "  autoglm submit --config job.yaml --from-savepoint /savepoints/savepoint-1a2b3c-d4e5f6"
    })
final class SubmitCommand implements Callable<Integer> {
  private static final Duration LOOK = Duration.ofMillis(200);

  private final JobDefinition job;
  private final Interruption interruption;

  @Spec private CommandSpec spec;
  @Mixin private ClusterOptions cluster;

  @Option(
      names = "--config",
      paramLabel = "F",
      required = true,
      description = "the job's configuration")
  private Path config;

  @ArgGroup private Start start = new Start();

  @Option(
      names = "--renamed-from",
      paramLabel = "NAME",
      defaultValue = "",
      description = "the job had this name when the state was written that it goes on from")
  private String renamedFrom;

  @Option(names = "--detached", description = "do not wait until the job runs")
  private boolean detached;

  @Option(
      names = "--unchecked",
      description =
          "do not look at the brokers first, where they can be reached from the cluster alone")
  private boolean unchecked;

  /** Where a job starts from; at most one of them. */
  private static final class Start {
    @Option(
        names = "--from-savepoint",
        paramLabel = "P",
        description = "go on from a savepoint, or from a checkpoint that was kept")
    private Optional<String> savepoint = Optional.empty();

    @Option(
        names = "--resume",
        description =
            "go on from the newest checkpoint or savepoint that a job of this name left on this"
                + " machine's cluster")
    private boolean resume;

    @Option(
        names = "--fresh",
        description =
            "start without state although the job has read before: go on from its group's"
                + " offsets; what waited in the missing state stays unanswered")
    private boolean fresh;
  }

  SubmitCommand(JobDefinition job, Interruption interruption) {
    this.job = job;
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws IOException, ConfigurationException, InterruptedException {
    JobConfiguration configuration = ConfigurationFile.load(config);
    CheckpointPatience.warning(configuration).ifPresent(warning -> say("warning: " + warning));
    Path jar = Installation.ofEnvironment().jobJar();
    try (FlinkRest flink = cluster.open()) {
      Configuration options = FlinkConfiguration.ofJobs();
      options.addAll(cluster.options());
      options.addAll(new StartOptions(start.fresh, renamedFrom).toConfiguration());
      say("asking %s for room".formatted(flink.url()));
      RunningJob.requireNone(flink, configuration.name());
      JobSubmission submission =
          new JobSubmission(configuration, options, startingPoint(configuration.name()));
      if (!unchecked) {
        say("looking at topics and rights at " + configuration.kafka().bootstrapServers());
        Preflight.usual().and(new OneOfItsName(Optional.empty())).require(configuration);
        SharedPrompts.words(configuration).ifPresent(shared -> say("warning: " + shared));
      }
      submission.requireSlots(flink, () -> !interruption.await(LOOK)).ifPresent(this::say);
      submission.start().ifPresent(from -> say("goes on from " + from.path()));
      boolean bounded = configuration.kafka().until() != null;
      if (bounded && submission.start().isPresent()) {
        say(
            "warning: kafka.until is looked up at a start without state; what the state's run read"
                + " without an end is read on without one");
      }
      say("sending job %s".formatted(configuration.name()));
      JobID id = flink.submit(submission.graph(job, submission.slots(flink)), jar);
      return detached ? taken(id) : awaitRunning(flink, id, configuration);
    }
  }

  private int awaitRunning(FlinkRest flink, JobID id, JobConfiguration configuration)
      throws IOException {
    say("the cluster has it as %s; waiting until every task runs".formatted(id));
    switch (new JobWatch(flink, id, this::say).awaitRunning(() -> !interruption.await(LOOK))) {
      case RUNS ->
          say(
              configuration.kafka().until() == null || start.resume || start.savepoint.isPresent()
                  ? "runs"
                  : "runs; it ends by itself when it has answered all up to "
                      + configuration.kafka().until());
      case DONE -> say("everything is answered, and the job has ended");
      case LEFT -> {
        say("interrupted; job %s goes on".formatted(id));
        return 1;
      }
    }
    return taken(id);
  }

  /** Only a job that was not refused has its id on standard output. */
  private int taken(JobID id) {
    spec.commandLine().getOut().println(id);
    spec.commandLine().getOut().flush();
    return 0;
  }

  private Optional<StartingPoint> startingPoint(String name) throws IOException {
    if (!start.resume) {
      return start.savepoint.map(path -> new StartingPoint(absolute(path), false));
    }
    String owner = renamedFrom.isEmpty() ? name : renamedFrom;
    ClusterDirectory kept = ClusterOptions.onThisMachine().directory();
    Path newest = RetainedCheckpoints.newestOf(owner, kept.checkpoints(), kept.savepoints());
    return Optional.of(
        new StartingPoint(absolute(newest.toString()), RetainedCheckpoints.isCheckpoint(newest)));
  }

  // Flink's paths take spaces and the like as they are.
  private static String absolute(String path) {
    return new org.apache.flink.core.fs.Path(path).toUri().getScheme() != null
        ? path
        : "file:" + Path.of(path).toAbsolutePath().normalize();
  }

  private void say(String line) {
    PrintWriter words = spec.commandLine().getErr();
    words.println(line);
    words.flush();
  }
}
