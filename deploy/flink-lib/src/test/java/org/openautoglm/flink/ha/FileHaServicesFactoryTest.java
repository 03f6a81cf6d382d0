package org.openautoglm.flink.ha;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.HighAvailabilityOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.runtime.checkpoint.CheckpointIDCounter;
import org.apache.flink.runtime.highavailability.HighAvailabilityServices;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobmanager.ExecutionPlanStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("try") // The close() of Flink's interface throws Exception.
class FileHaServicesFactoryTest {
  @TempDir Path directory;

  @Test
  void aJobManagerThatComesBackFindsItsJobs() throws Exception {
    JobGraph job = new JobGraph("job");
    JobID id = job.getJobID();
    try (HighAvailabilityServices before = services("file://" + directory)) {
      started(before).putExecutionPlan(job);
      CheckpointIDCounter counter =
          before.getCheckpointRecoveryFactory().createCheckpointIDCounter(id);
      counter.start();
      counter.getAndIncrement();
    }
    try (HighAvailabilityServices after = services("file://" + directory)) {
      ExecutionPlanStore plans = started(after);
      assertThat(plans.getJobIds()).containsExactly(id);
      assertThat(plans.recoverExecutionPlan(id).getName()).isEqualTo("job");
      CheckpointIDCounter counter =
          after.getCheckpointRecoveryFactory().createCheckpointIDCounter(id);
      counter.start();
      assertThat(counter.get()).isEqualTo(2);
      plans.globalCleanupAsync(id, Runnable::run).get();
      after.globalCleanupAsync(id, Runnable::run).get();
    }
    try (HighAvailabilityServices later = services("file://" + directory)) {
      assertThat(started(later).getJobIds()).isEmpty();
      CheckpointIDCounter counter =
          later.getCheckpointRecoveryFactory().createCheckpointIDCounter(id);
      counter.start();
      assertThat(counter.get()).isEqualTo(1);
    }
  }

  @Test
  void wantsADirectoryOfThisMachine() {
    assertThatThrownBy(() -> services("s3://bucket/ha"))
        .hasMessageContaining("high-availability.storageDir")
        .hasMessageContaining("file:///");
  }

  private static ExecutionPlanStore started(HighAvailabilityServices services) throws Exception {
    ExecutionPlanStore plans = services.getExecutionPlanStore();
    plans.start(
        new ExecutionPlanStore.ExecutionPlanListener() {
          @Override
          public void onAddedExecutionPlan(JobID job) {}

          @Override
          public void onRemovedExecutionPlan(JobID job) {}
        });
    return plans;
  }

  private static HighAvailabilityServices services(String storage) throws Exception {
    Configuration flink = new Configuration();
    flink.set(HighAvailabilityOptions.HA_MODE, FileHaServicesFactory.class.getName());
    flink.set(HighAvailabilityOptions.HA_STORAGE_PATH, storage);
    flink.set(JobManagerOptions.ADDRESS, "127.0.0.1");
    return new FileHaServicesFactory().createHAServices(flink, Runnable::run);
  }
}
