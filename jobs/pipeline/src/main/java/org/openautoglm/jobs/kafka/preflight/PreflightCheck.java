package org.openautoglm.jobs.kafka.preflight;

import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.openautoglm.jobs.configuration.JobConfiguration;

/**
 * One thing of the brokers that must be so before a job starts, since the job would find it out too
 * late: as restarts without end, or not at all.
 */
@FunctionalInterface
public interface PreflightCheck {
  /**
   * Looks. A topic that is missing is the first check's to say; others pass over it.
   *
   * @param admin bounds each call's wait by itself
   * @return what is wrong, one line each, naming the option or topic and the remedy; empty: nothing
   * @throws ExecutionException when the brokers refuse to say, or do not answer in time
   */
  List<String> problems(Admin admin, JobConfiguration job)
      throws ExecutionException, InterruptedException;
}
