package org.openautoglm.jobs.cluster;

import java.io.IOException;
import java.time.Duration;
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
  private static final Duration QUIET_MAX = Duration.ofSeconds(5);

  /** How a start went. */
  public enum Outcome {
    /** Every task runs. */
    RUNS,
    /** The job has answered all that it was to read, and has ended. */
    DONE,
    /** Nobody waits any more; the job goes on. */
    LEFT
  }

  private final FlinkRest cluster;
  private final JobID job;
  private final Consumer<String> words;
  private final Set<FlinkRest.Failure> said = new HashSet<>();
  private long saidNs = System.nanoTime();

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
   * @throws IOException when the job has ended, or was cancelled; says why
   */
  public Outcome awaitRunning(Callable<Boolean> goOn) throws IOException {
    while (true) {
      JobStatus status = cluster.status(job);
      FlinkRest.Tasks tasks =
          status == JobStatus.RUNNING ? cluster.tasks(job) : FlinkRest.Tasks.NONE;
      if (tasks.allUp()) {
        return Outcome.RUNS;
      }
      if (status == JobStatus.FINISHED) {
        // A job that reads until some moment may be quicker than we look.
        return Outcome.DONE;
      }
      if (status.isGloballyTerminalState()) {
        throw new IOException(cluster.end(job).orElse("the job has ended (%s)".formatted(status)));
      }
      Optional<FlinkRest.Failure> failure = cluster.failure(job);
      if (failure.isPresent() && said.add(failure.get())) {
        if (said.size() == FAILURES_MAX) {
          cluster.cancel(job);
          throw new IOException(
              "the job failed %d times before it ran, and was cancelled: %s"
                  .formatted(FAILURES_MAX, failure.get().cause()));
        }
        say("the job failed and starts again: " + failure.get().cause());
      }
      if (System.nanoTime() - saidNs > QUIET_MAX.toNanos()) {
        say(
            tasks.all() == 0
                ? "the job is " + status
                : "%d of %d tasks run".formatted(tasks.up(), tasks.all()));
      }
      if (!call(goOn)) {
        return Outcome.LEFT;
      }
    }
  }

  private void say(String line) {
    words.accept(line);
    saidNs = System.nanoTime();
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
