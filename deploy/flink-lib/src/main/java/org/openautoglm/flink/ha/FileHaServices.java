package org.openautoglm.flink.ha;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.flink.api.common.ApplicationID;
import org.apache.flink.api.common.JobID;
import org.apache.flink.runtime.blob.BlobStore;
import org.apache.flink.runtime.blob.BlobStoreService;
import org.apache.flink.runtime.checkpoint.CheckpointRecoveryFactory;
import org.apache.flink.runtime.highavailability.ApplicationResultStore;
import org.apache.flink.runtime.highavailability.HighAvailabilityServices;
import org.apache.flink.runtime.highavailability.JobResultStore;
import org.apache.flink.runtime.jobmanager.ApplicationStore;
import org.apache.flink.runtime.jobmanager.ApplicationStoreEntry;
import org.apache.flink.runtime.jobmanager.ApplicationStoreUtil;
import org.apache.flink.runtime.jobmanager.DefaultApplicationStore;
import org.apache.flink.runtime.jobmanager.DefaultExecutionPlanStore;
import org.apache.flink.runtime.jobmanager.ExecutionPlanStore;
import org.apache.flink.runtime.jobmanager.ExecutionPlanStoreUtil;
import org.apache.flink.runtime.jobmanager.NoOpExecutionPlanStoreWatcher;
import org.apache.flink.runtime.leaderelection.LeaderElection;
import org.apache.flink.runtime.leaderretrieval.LeaderRetrievalService;
import org.apache.flink.streaming.api.graph.ExecutionPlan;

/**
 * Who leads is fixed; what the leader knows is in files.
 *
 * <pre>
 * plans/JOB                  what to run
 * checkpoints/JOB/N          where its last checkpoints lie
 * checkpoints/JOB.next       the next checkpoint's number
 * applications/ID            Flink's grouping of jobs
 * </pre>
 *
 * Results of ended jobs and jars lie beside them, as Flink itself writes them.
 */
@SuppressWarnings("try") // The close() of Flink's interface throws Exception.
final class FileHaServices implements HighAvailabilityServices {
  private final HighAvailabilityServices leaders;
  private final Path root;
  private final BlobStoreService blobs;
  private final JobResultStore jobResults;
  private final ApplicationResultStore applicationResults;

  FileHaServices(
      HighAvailabilityServices leaders,
      Path root,
      BlobStoreService blobs,
      JobResultStore jobResults,
      ApplicationResultStore applicationResults) {
    this.leaders = leaders;
    this.root = root;
    this.blobs = blobs;
    this.jobResults = jobResults;
    this.applicationResults = applicationResults;
  }

  @Override
  public ExecutionPlanStore getExecutionPlanStore() throws Exception {
    return new DefaultExecutionPlanStore<>(
        new FileStateHandleStore<ExecutionPlan>(root.resolve("plans")),
        NoOpExecutionPlanStoreWatcher.INSTANCE,
        new ExecutionPlanStoreUtil() {
          @Override
          public String jobIDToName(JobID job) {
            return job.toHexString();
          }

          @Override
          public JobID nameToJobID(String name) {
            return JobID.fromHexString(name);
          }
        });
  }

  @Override
  public ApplicationStore getApplicationStore() throws Exception {
    return new DefaultApplicationStore<>(
        new FileStateHandleStore<ApplicationStoreEntry>(root.resolve("applications")),
        new ApplicationStoreUtil() {
          @Override
          public String applicationIdToName(ApplicationID application) {
            return application.toHexString();
          }

          @Override
          public ApplicationID nameToApplicationId(String name) {
            return ApplicationID.fromHexString(name);
          }
        });
  }

  @Override
  public CheckpointRecoveryFactory getCheckpointRecoveryFactory() {
    return new FileCheckpointRecovery(root.resolve("checkpoints"));
  }

  @Override
  public JobResultStore getJobResultStore() {
    return jobResults;
  }

  @Override
  public ApplicationResultStore getApplicationResultStore() {
    return applicationResults;
  }

  @Override
  public BlobStore createBlobStore() {
    return blobs;
  }

  @Override
  public CompletableFuture<Void> globalCleanupAsync(JobID job, Executor executor) {
    return CompletableFuture.runAsync(
        () -> new FileCheckpointRecovery(root.resolve("checkpoints")).forget(job), executor);
  }

  @Override
  public void close() throws Exception {
    blobs.close();
    leaders.close();
  }

  @Override
  public void cleanupAllData() throws Exception {
    blobs.cleanupAllData();
    Directories.delete(root);
  }

  @Override
  public LeaderRetrievalService getResourceManagerLeaderRetriever() {
    return leaders.getResourceManagerLeaderRetriever();
  }

  @Override
  public LeaderRetrievalService getDispatcherLeaderRetriever() {
    return leaders.getDispatcherLeaderRetriever();
  }

  @Override
  @SuppressWarnings("deprecation") // Part of the interface for as long as Flink has it.
  public LeaderRetrievalService getJobManagerLeaderRetriever(JobID job) {
    return leaders.getJobManagerLeaderRetriever(job);
  }

  @Override
  public LeaderRetrievalService getJobManagerLeaderRetriever(JobID job, String defaultAddress) {
    return leaders.getJobManagerLeaderRetriever(job, defaultAddress);
  }

  @Override
  public LeaderElection getResourceManagerLeaderElection() {
    return leaders.getResourceManagerLeaderElection();
  }

  @Override
  public LeaderElection getDispatcherLeaderElection() {
    return leaders.getDispatcherLeaderElection();
  }

  @Override
  public LeaderElection getJobManagerLeaderElection(JobID job) {
    return leaders.getJobManagerLeaderElection(job);
  }

  @Override
  public LeaderElection getClusterRestEndpointLeaderElection() {
    return leaders.getClusterRestEndpointLeaderElection();
  }

  @Override
  public LeaderRetrievalService getClusterRestEndpointLeaderRetriever() {
    return leaders.getClusterRestEndpointLeaderRetriever();
  }
}
