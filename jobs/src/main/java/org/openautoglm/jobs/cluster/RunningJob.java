package org.openautoglm.jobs.cluster;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobID;
import org.apache.flink.runtime.client.JobStatusMessage;

/** Finds the job that somebody means. */
public final class RunningJob {
  private RunningJob() {}

  /**
   * A job that has not ended.
   *
   * @param id as it was given; empty: the only one there is
   * @throws IOException when there is none, or more than one; the message is for people
   */
  public static JobID of(FlinkRest cluster, Optional<String> id) throws IOException {
    List<JobStatusMessage> alive = alive(cluster.jobs());
    if (id.isPresent()) {
      return alive.stream()
          .map(JobStatusMessage::getJobId)
          .filter(job -> job.toHexString().equals(id.get()))
          .findFirst()
          .orElseThrow(
              () ->
                  new IOException(
                      "no job %s runs at %s; %s".formatted(id.get(), cluster.url(), words(alive))));
    }
    if (alive.size() != 1) {
      throw new IOException(
          (alive.isEmpty() ? "no job runs at " : "say which job of ")
              + cluster.url()
              + (alive.isEmpty() ? "" : "; " + words(alive)));
    }
    return alive.get(0).getJobId();
  }

  /** Those that have not ended. */
  public static List<JobStatusMessage> alive(Collection<JobStatusMessage> jobs) {
    return jobs.stream().filter(job -> !job.getJobState().isGloballyTerminalState()).toList();
  }

  private static String words(List<JobStatusMessage> alive) {
    return alive.isEmpty()
        ? "none does"
        : "there are "
            + alive.stream()
                .map(job -> job.getJobId() + " (" + job.getJobName() + ")")
                .collect(Collectors.joining(", "));
  }
}
