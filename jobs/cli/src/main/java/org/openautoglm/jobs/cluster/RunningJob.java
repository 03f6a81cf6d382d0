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
   * @param given its name or id; empty: the only one there is
   * @throws IOException when there is none, or more than one; the message is for people
   */
  public static JobID of(FlinkRest cluster, Optional<String> given) throws IOException {
    List<JobStatusMessage> alive = alive(cluster.jobs());
    List<JobStatusMessage> meant = given.map(nameOrId -> meantBy(nameOrId, alive)).orElse(alive);
    if (meant.size() == 1) {
      return meant.get(0).getJobId();
    }
    String job = given.map(nameOrId -> "job " + nameOrId).orElse("job");
    throw new IOException(
        meant.isEmpty()
            ? "no %s runs at %s%s"
                .formatted(job, cluster.url(), given.isPresent() ? "; " + words(alive) : "")
            : "say by its %s which %s of %s; %s"
                .formatted(given.isPresent() ? "id" : "name", job, cluster.url(), words(meant)));
  }

  private static List<JobStatusMessage> meantBy(String nameOrId, List<JobStatusMessage> jobs) {
    List<JobStatusMessage> byId =
        jobs.stream().filter(job -> job.getJobId().toHexString().equals(nameOrId)).toList();
    return byId.isEmpty()
        ? jobs.stream().filter(job -> job.getJobName().equals(nameOrId)).toList()
        : byId;
  }

  /**
   * Sees to it that no job of a name runs: two would share a consumer group and fence each other's
   * transactions.
   *
   * @throws IOException when one does; the message is for people
   */
  public static void requireNone(FlinkRest cluster, String name) throws IOException {
    for (JobStatusMessage job : alive(cluster.jobs())) {
      if (job.getJobName().equals(name)) {
        throw new IOException(
            ("a job named %s runs already at %s (%s), and two would take each other's"
                    + " transactions; cancel it (autoglm cancel %s), or give this one another name")
                .formatted(name, cluster.url(), job.getJobId(), name));
      }
    }
  }

  /** A job of a name that has not ended; empty where there is none. */
  public static Optional<JobID> find(FlinkRest cluster, String name) throws IOException {
    return alive(cluster.jobs()).stream()
        .filter(job -> job.getJobName().equals(name))
        .map(JobStatusMessage::getJobId)
        .findFirst();
  }

  /** Those that have not ended. */
  private static List<JobStatusMessage> alive(Collection<JobStatusMessage> jobs) {
    return jobs.stream().filter(job -> !job.getJobState().isGloballyTerminalState()).toList();
  }

  private static String words(List<JobStatusMessage> alive) {
    return alive.isEmpty()
        ? "none does"
        : "there are "
            + alive.stream()
                .map(job -> job.getJobName() + " (" + job.getJobId() + ")")
                .collect(Collectors.joining(", "));
  }
}
