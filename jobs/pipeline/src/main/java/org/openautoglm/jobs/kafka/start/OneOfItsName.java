package org.openautoglm.jobs.kafka.start;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.kafka.preflight.PreflightCheck;

/**
 * No job may run that shares its name, its group, its transactions or both its ends with the one to
 * start. The job itself looks, too, but its sinks may have ended the other's transactions by then.
 * It waits until a job that was killed a moment ago is taken for dead.
 *
 * @param flinkJobId the id that the job will have, where that is known: what Flink restored under
 *     it is this job; otherwise empty
 */
public record OneOfItsName(Optional<String> flinkJobId) implements PreflightCheck {
  private static final long LOOK_NS = 300_000_000;

  @Override
  public List<String> problems(Admin admin, JobConfiguration job)
      throws ExecutionException, InterruptedException {
    try {
      Rivals.awaitNone(admin, JobCard.of(job), flinkJobId, OneOfItsName::pause);
      return List.of();
    } catch (StartRefusedException e) {
      return List.of("name: " + e.getMessage());
    }
  }

  private static boolean pause() {
    LockSupport.parkNanos(LOOK_NS);
    return !Thread.currentThread().isInterrupted();
  }
}
