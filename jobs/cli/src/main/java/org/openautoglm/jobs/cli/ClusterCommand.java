package org.openautoglm.jobs.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.openautoglm.jobs.cluster.ClusterReport;
import org.openautoglm.jobs.cluster.ClusterSettings;
import org.openautoglm.jobs.cluster.ClusterStart;
import org.openautoglm.jobs.cluster.LocalFlink;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code cluster start | status | stop}. */
@Command(
    name = "cluster",
    header = "Run a Flink cluster of several processes on this machine",
    description = {
      "A JobManager and TaskManagers, each a process of its own that is started again when it dies.",
      "A JobManager that comes back goes on with its jobs."
    },
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples:",
      "  autoglm cluster start --taskmanagers 2 --slots 2",
      "  autoglm cluster status",
      "  autoglm cluster stop"
    })
final class ClusterCommand {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Interruption interruption;

  @Spec private CommandSpec spec;

  ClusterCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Command(
      name = "start",
      header = "Start a cluster",
      description = {
        "Starts a cluster and prints the URL of its REST interface and web page once every process",
        "serves. What a cluster that crashed was running goes on."
      },
      mixinStandardHelpOptions = true)
  int start(
      @Option(
              names = "--taskmanagers",
              paramLabel = "N",
              defaultValue = "1",
              description = "how many TaskManagers; ${DEFAULT-VALUE} unless given")
          int taskManagers,
      @Option(
              names = "--slots",
              paramLabel = "S",
              defaultValue = "2",
              description = "slots of each TaskManager; ${DEFAULT-VALUE} unless given")
          int slots,
      @Option(
              names = {"--port", "--ui-port"},
              paramLabel = "P",
              converter = PortOption.class,
              defaultValue = "8081",
              description = "of the web page; ${DEFAULT-VALUE} unless given; 0 takes a free one")
          int port,
      @Option(
              names = "--pin",
              description = "run each TaskManager on one core of its own, for measurements")
          boolean pin,
      @Option(
              names = "-D",
              paramLabel = "KEY=VALUE",
              description =
                  "an option of Flink's over flink-conf/config.yaml, such as"
                      + " taskmanager.memory.process.size=4g")
          Map<String, String> options)
      throws IOException {
    ClusterSettings settings;
    try {
      settings =
          new ClusterSettings(taskManagers, slots, port, pin, options == null ? Map.of() : options);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
    LocalFlink cluster = ClusterOptions.onThisMachine();
    String url = cluster.start(settings);
    ClusterStart start = new ClusterStart(cluster, url, taskManagers);
    try {
      Callable<Boolean> goOn = () -> !interruption.await(Duration.ofMillis(200));
      if (!start.await(goOn)) {
        cluster.stop(PATIENCE);
        return 1;
      }
    } catch (IOException e) {
      cluster.stop(PATIENCE);
      throw e;
    }
    out().println(url);
    words()
        .printf(
            "%d TaskManager(s) of %d slot(s); logs are in %s%n",
            taskManagers, slots, cluster.directory().logs());
    return 0;
  }

  @Command(
      name = "status",
      header = "Show processes, slots and jobs",
      description = {
        "Prints the URL, and a line for each process and job. Exits with 0 when every process runs,",
        "1 otherwise."
      },
      mixinStandardHelpOptions = true)
  int status() throws IOException {
    ClusterReport report = ClusterReport.of(ClusterOptions.onThisMachine());
    report.lines().forEach(out()::println);
    report.problems().forEach(words()::println);
    return report.problems().isEmpty() ? 0 : 1;
  }

  @Command(
      name = "stop",
      header = "End every process of the cluster",
      description = {
        "Ends every process, also of a cluster that has crashed. Its jobs end; their checkpoints and",
        "savepoints stay (see submit --from-savepoint and --resume)."
      },
      mixinStandardHelpOptions = true)
  int stop() throws IOException {
    List<String> ended = ClusterOptions.onThisMachine().stop(PATIENCE);
    words()
        .println(ended.isEmpty() ? "no cluster was running" : "ended " + String.join(", ", ended));
    return 0;
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private PrintWriter words() {
    return spec.commandLine().getErr();
  }
}
