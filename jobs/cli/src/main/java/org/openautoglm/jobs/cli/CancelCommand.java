package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.flink.api.common.JobID;
import org.openautoglm.jobs.cluster.FlinkRest;
import org.openautoglm.jobs.cluster.RunningJob;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code cancel [--cluster URL] [JOB]}. */
@Command(
    name = "cancel",
    header = "End a job",
    description = {
      "Ends a running job and waits until it has ended. Its last checkpoint stays, so nothing is lost",
      "(submit --resume); to end it with a savepoint, see savepoint --stop."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  autoglm cancel"})
final class CancelCommand implements Callable<Integer> {
  private static final Duration LOOK = Duration.ofMillis(200);

  private final Interruption interruption;

  @Spec private CommandSpec spec;
  @Mixin private ClusterOptions cluster;

  @Parameters(
      paramLabel = "JOB",
      arity = "0..1",
      description = "its name or id; needed only where several jobs run")
  private Optional<String> job = Optional.empty();

  CancelCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws IOException {
    try (FlinkRest flink = cluster.open()) {
      JobID id = RunningJob.of(flink, job);
      flink.cancel(id);
      while (!flink.status(id).isGloballyTerminalState()) {
        if (interruption.await(LOOK)) {
          spec.commandLine().getErr().println("interrupted; the job is being cancelled");
          return 1;
        }
      }
      spec.commandLine().getErr().println("job " + id + " has ended");
      return 0;
    }
  }
}
