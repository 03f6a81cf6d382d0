package org.openautoglm.jobs.cluster;

import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;

/** Sees a job through its start, and says what goes wrong on the way. */
public final class JobWatch {
  private static final int FAILURES_MAX = 3;

  private final FlinkRest cluster;
  private final JobID job;
  private final Consumer<String> words;
  private final Set<FlinkRest.Failure> said = new HashSet<>();

  /**
   * @param words takes lines for people
   */
  public JobWatch(FlinkRest cluster, JobID job, Consumer<String> words) {
    this.cluster = cluster;
    this.job = job;
    this.words = words;
  }

  /**
   * Waits until every task runs. A job that fails again and again before that is cancelled: its
   * configuration is wrong for this cluster.
   *
   * @param goOn waits a moment; whether to go on
   * @return false when it was told not to go on
   * @throws IOException when the job has ended, or was cancelled; says why
   */
  public boolean awaitRunning(Callable<Boolean> goOn) throws IOException {
    while (true) {
      JobStatus status = cluster.status(job);
      if (status == JobStatus.RUNNING && cluster.isRunning(job)) {
        return true;
      }
      if (status == JobStatus.FINISHED) {
        // A job that reads until some moment may be quicker than we look.
        words.accept("the job has done all there was");
        return true;
      }
      if (status.isGloballyTerminalState()) {
        throw new IOException(
            "the job has ended (%s)%s"
                .formatted(status, cluster.end(job).map(cause -> ": " + cause).orElse("")));
      }
      Optional<FlinkRest.Failure> failure = cluster.failure(job);
      if (failure.isPresent() && said.add(failure.get())) {
        if (said.size() == FAILURES_MAX) {
          cluster.cancel(job);
          throw new IOException(
              "the job failed %d times before it ran, and was cancelled: %s"
                  .formatted(FAILURES_MAX, failure.get().cause()));
        }
        words.accept("the job failed and starts again: " + failure.get().cause());
      }
      if (!call(goOn)) {
        return false;
      }
    }
  }

  private static boolean call(Callable<Boolean> goOn) throws IOException {
    try {
      return goOn.call();
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }
}
