package org.openautoglm.jobs.cluster;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.client.program.rest.RestClusterClient;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.rest.handler.legacy.messages.ClusterOverviewWithVersion;
import org.apache.flink.runtime.rest.messages.ClusterConfigurationInfoHeaders;
import org.apache.flink.runtime.rest.messages.ConfigurationInfo;
import org.apache.flink.runtime.rest.messages.EmptyMessageParameters;
import org.apache.flink.runtime.rest.messages.EmptyRequestBody;
import org.apache.flink.runtime.rest.messages.JobExceptionsHeaders;
import org.apache.flink.runtime.rest.messages.JobExceptionsInfoWithHistory;
import org.apache.flink.runtime.rest.messages.job.JobDetailsInfo;
import org.apache.flink.runtime.rest.messages.job.JobExceptionsMessageParameters;
import org.apache.flink.runtime.rest.messages.taskmanager.TaskManagersHeaders;
import org.openautoglm.jobs.local.Causes;

/**
 * Any Flink cluster, by its REST interface. Every failure is an {@link IOException} whose message
 * is for people.
 */
public final class FlinkRest implements AutoCloseable {
  private static final Duration CONNECTION = Duration.ofSeconds(5);
  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final Duration SAVEPOINT = Duration.ofMinutes(30);
  private static final int DEFAULT_HTTP_PORT = 80;
  private static final int DEFAULT_HTTPS_PORT = 443;

  private final String url;
  private final RestClusterClient<String> client;

  private FlinkRest(String url, RestClusterClient<String> client) {
    this.url = url;
    this.client = client;
  }

  /**
   * Opens a connection to a cluster, without asking it anything yet.
   *
   * @param url such as {@code http://localhost:8081}
   * @param options Flink's, for the connection, such as {@code security.ssl.rest.truststore}
   */
  public static FlinkRest open(String url, Configuration options) throws IOException {
    URI address;
    try {
      address = URI.create(url.contains("://") ? url : "http://" + url);
    } catch (IllegalArgumentException e) {
      throw new IOException(url + " is no URL; write one such as http://localhost:8081", e);
    }
    boolean secure = "https".equals(address.getScheme());
    if (address.getHost() == null || !(secure || "http".equals(address.getScheme()))) {
      throw new IOException(url + " is no URL; write one such as http://localhost:8081");
    }
    Configuration flink = new Configuration(options);
    int standard = secure ? DEFAULT_HTTPS_PORT : DEFAULT_HTTP_PORT;
    flink.set(RestOptions.ADDRESS, address.getHost());
    flink.set(RestOptions.PORT, address.getPort() < 0 ? standard : address.getPort());
    // Whoever calls tries again, or says so.
    flink.set(RestOptions.RETRY_MAX_ATTEMPTS, 0);
    flink.set(RestOptions.CONNECTION_TIMEOUT, CONNECTION);
    if (secure) {
      flink.setString("security.ssl.rest.enabled", "true");
    }
    try {
      return new FlinkRest(url, new RestClusterClient<>(flink, "autoglm"));
    } catch (Exception e) {
      throw new IOException("cannot connect to " + url + ": " + Causes.rootMessage(e), e);
    }
  }

  public String url() {
    return url;
  }

  /** TaskManagers, slots and jobs. */
  public ClusterOverviewWithVersion overview() throws IOException {
    return await(client.getClusterOverview(), ANSWER);
  }

  /** The cluster's default parallelism. */
  public int defaultParallelism() throws IOException {
    String configured = configuration().get(CoreOptions.DEFAULT_PARALLELISM.key());
    return configured == null
        ? CoreOptions.DEFAULT_PARALLELISM.defaultValue()
        : Integer.parseInt(configured);
  }

  /** Where the cluster's slots come from. */
  public SlotSupply slotSupply() throws IOException {
    return SlotSupply.of(configuration());
  }

  private Map<String, String> configuration() throws IOException {
    ConfigurationInfo shown =
        await(
            client.sendRequest(
                ClusterConfigurationInfoHeaders.getInstance(),
                EmptyMessageParameters.getInstance(),
                EmptyRequestBody.getInstance()),
            ANSWER);
    Map<String, String> configuration = new HashMap<>();
    shown.forEach(entry -> configuration.put(entry.getKey(), entry.getValue()));
    return configuration;
  }

  /** Every job that the cluster knows, ended ones too. */
  public Collection<JobStatusMessage> jobs() throws IOException {
    return await(client.listJobs(), ANSWER);
  }

  /** Sends a job with the jar that its classes are in. */
  public JobID submit(JobGraph job, Path jar) throws IOException {
    job.addJar(new org.apache.flink.core.fs.Path(jar.toUri()));
    return await(client.submitJob(job), ANSWER.multipliedBy(4));
  }

  public JobStatus status(JobID job) throws IOException {
    return await(client.getJobStatus(job), ANSWER);
  }

  /**
   * How many of a job's tasks have come up.
   *
   * @param up those that run, or have done all there was for them to do
   * @param all every one; none while the job is being made
   */
  public record Tasks(int up, int all) {
    static final Tasks NONE = new Tasks(0, 0);

    boolean allUp() {
      return all > 0 && up == all;
    }
  }

  /** As of the last few seconds: Flink keeps its answer for so long. */
  public Tasks tasks(JobID job) throws IOException {
    int up = 0;
    int all = 0;
    for (JobDetailsInfo.JobVertexDetailsInfo vertex :
        await(client.getJobDetails(job), ANSWER).getJobVertexInfos()) {
      all += vertex.getParallelism();
      up +=
          vertex.getTasksPerState().getOrDefault(ExecutionState.RUNNING, 0)
              + vertex.getTasksPerState().getOrDefault(ExecutionState.FINISHED, 0);
    }
    return new Tasks(up, all);
  }

  /** Whether every task has come up. */
  public boolean isRunning(JobID job) throws IOException {
    return tasks(job).allUp();
  }

  /** The TaskManagers that the JobManager counts, dead ones too until it has noticed. */
  public List<TaskManager> taskManagers() throws IOException {
    return await(
            client.sendRequest(
                TaskManagersHeaders.getInstance(),
                EmptyMessageParameters.getInstance(),
                EmptyRequestBody.getInstance()),
            ANSWER)
        .getTaskManagerInfos()
        .stream()
        .map(TaskManager::of)
        .toList();
  }

  /** Why a job has ended, where it was for a failure. */
  public Optional<String> end(JobID job) throws IOException {
    return await(client.requestJobResult(job), ANSWER)
        .getSerializedThrowable()
        .map(RestFailure::lastCause);
  }

  /**
   * A failure of a job.
   *
   * @param timestamp when, milliseconds since 1970
   * @param cause why, for people
   */
  public record Failure(long timestamp, String cause) {}

  /** The job's last failure; empty when it has had none. */
  public Optional<Failure> failure(JobID job) throws IOException {
    JobExceptionsMessageParameters parameters =
        JobExceptionsHeaders.getInstance().getUnresolvedMessageParameters();
    parameters.jobPathParameter.resolve(job);
    JobExceptionsInfoWithHistory found =
        await(
            client.sendRequest(
                JobExceptionsHeaders.getInstance(), parameters, EmptyRequestBody.getInstance()),
            ANSWER);
    return found.getExceptionHistory().getEntries().stream()
        .map(
            entry ->
                new Failure(entry.getTimestamp(), RestFailure.lastCause(entry.getStacktrace())))
        .max(Comparator.comparingLong(Failure::timestamp));
  }

  /**
   * Makes a savepoint.
   *
   * @param directory where; empty: where the cluster keeps them
   * @param stop whether the job ends with it
   * @return its path
   */
  public String savepoint(
      JobID job, Optional<String> directory, SavepointFormatType format, boolean stop)
      throws IOException {
    String target = directory.orElse(null);
    return await(
        stop
            ? client.stopWithSavepoint(job, false, target, format)
            : client.triggerSavepoint(job, target, format),
        SAVEPOINT);
  }

  public void cancel(JobID job) throws IOException {
    await(client.cancel(job), ANSWER);
  }

  @Override
  public void close() {
    client.close();
  }

  private <T> T await(CompletableFuture<T> answer, Duration patience) throws IOException {
    try {
      return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw RestFailure.of(url, e);
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw new IOException(url + " did not answer within " + patience.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
