package org.openautoglm.jobs.kafka.preflight;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.configuration.KafkaConfiguration;
import org.openautoglm.jobs.kafka.KafkaClients;

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
  private static final int CALL_TIMEOUT_MS = 8_000;

  public Preflight {
    checks = List.copyOf(checks);
  }

  /** What every job needs. */
  public static Preflight usual() {
    return new Preflight(
        List.of(new TopicsExist(), new OutputTopicsFit(), new TransactionTimeoutFits()));
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
      problems = problems(admin, job);
    } catch (KafkaException e) {
      problems = List.of(noClient(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while looking at the brokers", e);
    }
    if (!problems.isEmpty()) {
      throw new PreflightException(problems);
    }
  }

  private List<String> problems(Admin admin, JobConfiguration job) throws InterruptedException {
    try {
      admin.describeCluster().nodes().get();
    } catch (ExecutionException e) {
      // Without a broker every check would say the same, each after its own wait.
      return List.of(refusal(e.getCause(), job.kafka()));
    }
    List<String> problems = new ArrayList<>();
    for (PreflightCheck check : checks) {
      try {
        problems.addAll(check.problems(admin, job));
      } catch (ExecutionException e) {
        problems.add(refusal(e.getCause(), job.kafka()));
      }
    }
    return problems.stream().distinct().toList();
  }

  private static String noClient(KafkaException e) {
    // The outer exception says only that none could be made.
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return "kafka: no client can be made: " + cause.getMessage();
  }

  private static String refusal(Throwable cause, KafkaConfiguration kafka) {
    String brokers = "kafka.bootstrap_servers: ";
    if (cause instanceof AuthenticationException) {
      return brokers
          + "%s lets this client not in: %s; look at security.protocol, sasl.* and ssl.*"
              .formatted(kafka.bootstrapServers(), cause.getMessage());
    }
    if (cause instanceof TimeoutException) {
      return brokers
          + "no broker answers at %s within %d s; is one running there, and is security.protocol what its listener speaks?"
              .formatted(kafka.bootstrapServers(), CALL_TIMEOUT_MS / 1000);
    }
    return brokers + "%s refuses: %s".formatted(kafka.bootstrapServers(), cause.getMessage());
  }
}
