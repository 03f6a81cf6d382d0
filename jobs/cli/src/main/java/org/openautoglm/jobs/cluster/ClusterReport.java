package org.openautoglm.jobs.cluster;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.client.JobStatusMessage;

/**
 * A cluster of this machine at this moment.
 *
 * @param lines its URL, and a line for each process and job
 * @param problems what is not as it should be, for people
 */
public record ClusterReport(List<String> lines, List<String> problems) {
  public ClusterReport {
    lines = List.copyOf(lines);
    problems = List.copyOf(problems);
  }

  /** Looks at it. */
  public static ClusterReport of(LocalFlink cluster) throws IOException {
    List<String> lines = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    Optional<String> url = cluster.url();
    if (url.isEmpty()) {
      return new ClusterReport(List.of(), List.of("no cluster runs"));
    }
    lines.add(url.get());
    for (ClusterProcess each : cluster.processes()) {
      Optional<ProcessHandle> process = each.process();
      lines.add(
          "%-16s %s, started %d time(s)"
              .formatted(
                  each.name(), process.map(ClusterReport::life).orElse("down"), each.starts()));
      if (process.isEmpty()) {
        problems.add(each.name() + " is down");
      }
      if (each.keeper().isEmpty()) {
        problems.add(each.name() + " has no keeper, and will not be started again");
      }
    }
    try (FlinkRest rest = FlinkRest.open(url.get(), new Configuration())) {
      List<TaskManager> counted = rest.taskManagers();
      List<TaskManager> there = counted.stream().filter(TaskManager::listens).toList();
      lines.add(
          "%-16s %d on %d TaskManager(s), %d free"
              .formatted(
                  "slots",
                  there.stream().mapToInt(TaskManager::slots).sum(),
                  there.size(),
                  there.stream().mapToInt(TaskManager::freeSlots).sum()));
      if (there.size() < counted.size()) {
        problems.add(
            "%d TaskManager(s) have died, and the JobManager has yet to notice: tasks there do not run"
                .formatted(counted.size() - there.size()));
      }
      for (JobStatusMessage job : rest.jobs()) {
        lines.add("job %s %s %s".formatted(job.getJobId(), job.getJobState(), job.getJobName()));
      }
    } catch (IOException e) {
      problems.add(e.getMessage());
    }
    return new ClusterReport(lines, problems);
  }

  private static String life(ProcessHandle process) {
    return process
        .info()
        .startInstant()
        .map(start -> Duration.between(start, Instant.now()).toSeconds())
        .map(seconds -> "pid %d, up %d s".formatted(process.pid(), seconds))
        .orElse("pid " + process.pid());
  }
}
