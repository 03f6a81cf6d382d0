package org.openautoglm.jobs.kafka.preflight;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.kafka.clients.KafkaClients;
import org.openautoglm.jobs.kafka.clients.KafkaFailure;
import org.openautoglm.jobs.kafka.clients.KafkaFailure.Said;

/**
 * Looks at the brokers and topics before a job starts, and says everything that is wrong with them
 * at once. It runs wherever a job is made: in {@code InferenceJob.main}, so that {@code flink run}
 * and application mode are guarded too, and in {@code submit} and {@code local}.
 *
 * <p>It waits for brokers for seconds, never longer, and changes nothing there.
 *
 * @param checks in the order in which their problems are told
 */
public record Preflight(List<PreflightCheck> checks) {
  private static final String OPTION = "kafka: ";
  private static final int CALL_TIMEOUT_MS = 8_000;

  public Preflight {
    checks = List.copyOf(checks);
  }

  /** What every job needs. */
  public static Preflight usual() {
    return new Preflight(
        List.of(
            new TopicsExist(),
            new OutputTopicsFit(),
            new TransactionTimeoutFits(),
            new OperationsAllowed()));
  }

  /** The same, and then another. */
  public Preflight and(PreflightCheck further) {
    List<PreflightCheck> all = new ArrayList<>(checks);
    all.add(further);
    return new Preflight(all);
  }

  /**
   * Makes the checks.
   *
   * @throws PreflightException with all that is wrong
   */
  public void require(JobConfiguration job) throws IOException {
    Properties properties = KafkaClients.admin(job.kafka());
    properties.setProperty(
        AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Integer.toString(CALL_TIMEOUT_MS));
    properties.setProperty(
        AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, Integer.toString(CALL_TIMEOUT_MS));
    List<String> problems;
    try (Admin admin = Admin.create(properties)) {
      problems = problems(admin, job, properties);
    } catch (KafkaException e) {
      problems = List.of(OPTION + KafkaFailure.words(e, properties, Said.IN_THE_CONFIGURATION));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while looking at the brokers", e);
    }
    if (!problems.isEmpty()) {
      throw new PreflightException(problems);
    }
  }

  private List<String> problems(Admin admin, JobConfiguration job, Properties client)
      throws InterruptedException {
    try {
      admin.describeCluster().nodes().get();
    } catch (ExecutionException e) {
      // Without a broker every check would say the same, each after its own wait.
      return List.of(OPTION + words(e, client));
    }
    List<String> problems = new ArrayList<>();
    for (PreflightCheck check : checks) {
      try {
        problems.addAll(check.problems(admin, job));
      } catch (ExecutionException e) {
        problems.add(OPTION + words(e, client));
      }
    }
    return problems.stream().distinct().toList();
  }

  private static String words(ExecutionException e, Properties client) {
    return KafkaFailure.words(e.getCause(), client, Said.IN_THE_CONFIGURATION);
  }
}
