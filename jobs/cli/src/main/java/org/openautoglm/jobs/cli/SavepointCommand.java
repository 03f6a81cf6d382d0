package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.flink.api.common.JobID;
import org.apache.flink.core.execution.SavepointFormatType;
import org.openautoglm.jobs.cluster.FlinkRest;
import org.openautoglm.jobs.cluster.RunningJob;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code savepoint [--cluster URL] [--to DIR] [--stop] [JOB]}. */
@Command(
    name = "savepoint",
    header = "Make a savepoint of a job",
    description = {
      "Makes a savepoint of a running job and prints its path. With --stop the job ends with it, and",
      "can go on from there as another version or at another parallelism (submit --from-savepoint)."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  autoglm savepoint",
      "  autoglm savepoint --stop --to /savepoints"
    })
final class SavepointCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ClusterOptions cluster;

  @Parameters(
      paramLabel = "JOB",
      arity = "0..1",
      description = "its name or id; needed only where several jobs run")
  private Optional<String> job = Optional.empty();

  @Option(
      names = "--to",
      paramLabel = "DIR",
      description =
          "a folder that every process of the cluster can write to; unless given, the"
              + " cluster's own")
  private Optional<String> directory = Optional.empty();

  @Option(names = "--stop", description = "end the job with the savepoint")
  private boolean stop;

  @Option(
      names = "--native",
      description = "in the state backend's own format: quicker, but only for the same backend")
  private boolean nativeFormat;

  @Override
  public Integer call() throws IOException {
    try (FlinkRest flink = cluster.open()) {
      JobID id = RunningJob.of(flink, job);
      String path =
          flink.savepoint(
              id,
              directory,
              nativeFormat ? SavepointFormatType.NATIVE : SavepointFormatType.CANONICAL,
              stop);
      spec.commandLine().getOut().println(path);
      spec.commandLine()
          .getErr()
          .println(stop ? "job " + id + " has ended" : "job " + id + " goes on");
      return 0;
    }
  }
}
