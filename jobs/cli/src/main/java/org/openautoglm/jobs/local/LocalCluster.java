package org.openautoglm.jobs.local;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.StreamSupport;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.scheduler.ExecutionGraphInfo;
import org.apache.flink.runtime.scheduler.exceptionhistory.RootExceptionHistoryEntry;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.openautoglm.jobs.configuration.JobConfiguration;

/**
 * A Flink cluster inside this process, with Flink's web page, and one job on it.
 *
 * <p>State and checkpoints lie in a directory. A job started in the directory of an earlier run
 * goes on from that run's last checkpoint, so that nothing is lost between runs.
 */
public final class LocalCluster implements AutoCloseable {
  private static final long CALL_TIMEOUT_SECONDS = 60;

  /**
   * Long, as a missed heartbeat in one process means only that it was starved or suspended, and a
   * task manager that is given up here never comes back.
   */
  private static final Duration HEARTBEAT_TIMEOUT = Duration.ofHours(1);

  private final MiniCluster cluster;
  private final Configuration configuration;
  private final Path data;
  private final int parallelism;
  private JobID job;

  private LocalCluster(
      MiniCluster cluster, Configuration configuration, Path data, int parallelism) {
    this.cluster = cluster;
    this.configuration = configuration;
    this.data = data;
    this.parallelism = parallelism;
  }

  /**
   * Starts a cluster.
   *
   * @param data for state and checkpoints
   * @param uiPort the web page's port; 0 takes a free one
   * @param parallelism the slots, and the job's parallelism where its configuration has none
   */
  public static LocalCluster start(Path data, int uiPort, int parallelism) throws IOException {
    Configuration configuration = FlinkConfiguration.load();
    configuration.set(RestOptions.BIND_PORT, Integer.toString(uiPort));
    configuration.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    configuration.set(RestOptions.ADDRESS, "127.0.0.1");
    configuration.set(HeartbeatManagerOptions.HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT);
    configuration.set(CoreOptions.TMP_DIRS, data.resolve("flink").toString());
    configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, uri(data.resolve("checkpoints")));
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(parallelism)
                .build());
    try {
      cluster.start();
    } catch (Exception e) {
      await(cluster.closeAsync());
      throw new IOException("Flink did not start: " + Causes.rootMessage(e), e);
    }
    return new LocalCluster(cluster, configuration, data, parallelism);
  }

  /** Flink's web page. */
  public URI webPage() throws IOException {
    return await(cluster.getRestAddress());
  }

  /**
   * Starts the job, from the last checkpoint of an earlier run in this directory if there is one.
   */
  public void submit(JobDefinition definition, JobConfiguration jobConfiguration)
      throws IOException {
    Configuration jobSettings = new Configuration(configuration);
    jobSettings.set(
        CoreOptions.DEFAULT_PARALLELISM, jobConfiguration.parallelism().orElse(parallelism));
    Optional<Path> earlier = RetainedCheckpoints.newest(data.resolve("checkpoints"));
    earlier.ifPresent(path -> jobSettings.set(StateRecoveryOptions.SAVEPOINT_PATH, uri(path)));
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(jobSettings);
    try {
      definition.define(env, jobConfiguration);
    } catch (Exception e) {
      throw new IOException(Causes.rootMessage(e), e);
    }
    job = await(cluster.submitJob(env.getStreamGraph().getJobGraph())).getJobID();
  }

  /** Whether every task of the job runs, or has done all there was for it to do. */
  public boolean isRunning() throws IOException {
    List<ExecutionState> states =
        StreamSupport.stream(
                graph().getArchivedExecutionGraph().getAllExecutionVertices().spliterator(), false)
            .map(AccessExecutionVertex::getExecutionState)
            .toList();
    return states.contains(ExecutionState.RUNNING)
        && states.stream()
            .allMatch(state -> state == ExecutionState.RUNNING || state == ExecutionState.FINISHED);
  }

  /** Whether the job has ended and will not run again. */
  public boolean isEnded() throws IOException {
    return await(cluster.getJobStatus(job)).isGloballyTerminalState();
  }

  /** Whether the job has read all that it was to read, and answered it. */
  public boolean isFinished() throws IOException {
    return await(cluster.getJobStatus(job)) == JobStatus.FINISHED;
  }

  /** Why the job failed so far, oldest first, one message for each restart. */
  public List<String> failures() throws IOException {
    return StreamSupport.stream(graph().getExceptionHistory().spliterator(), false)
        .map(RootExceptionHistoryEntry::getException)
        .map(failure -> Causes.rootMessage(failure.deserializeError(getClass().getClassLoader())))
        .toList();
  }

  /** Ends the job; its last checkpoint stays. */
  @Override
  public void close() throws IOException {
    try {
      if (job != null && !isEnded()) {
        await(cluster.cancelJob(job));
        await(cluster.requestJobResult(job));
      }
    } finally {
      await(cluster.closeAsync());
    }
  }

  // Flink's paths take spaces and the like as they are, where Java's URIs encode them.
  private static String uri(Path path) {
    return org.apache.flink.core.fs.Path.fromLocalFile(path.toFile()).toString();
  }

  private ExecutionGraphInfo graph() throws IOException {
    return await(cluster.getExecutionGraphInfo(job));
  }

  private static <T> T await(CompletableFuture<T> future) throws IOException {
    try {
      return future.get(CALL_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("Flink: " + Causes.rootMessage(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
