package org.openautoglm.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.configuration.ConfigurationException;
import org.openautoglm.jobs.configuration.ConfigurationFile;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.local.LocalCluster;

/** Whether there is room on a cluster of one slot, which a job holds, and how a start goes. */
@Timeout(120)
class JobSubmissionTest {
  @TempDir private static Path data;
  private static LocalCluster cluster;
  private static FlinkRest flink;

  @BeforeAll
  static void start() throws Exception {
    cluster = LocalCluster.start(data, 0, 1);
    flink = FlinkRest.open(cluster.webPage().toString(), new Configuration());
    // Its REST interface answers before there is a leader.
    await().ignoreException(IOException.class).until(() -> flink.jobs().isEmpty());
  }

  @AfterAll
  static void stop() throws Exception {
    flink.close();
    cluster.close();
  }

  @BeforeEach
  void takeTheSlot() throws Exception {
    if (flink.jobs().stream().allMatch(job -> job.getJobState().isGloballyTerminalState())) {
      count(Long.MAX_VALUE);
      await().until(cluster::isRunning);
    }
  }

  @Test
  void takesTheSlotOfAJobThatEndsMeanwhile() throws Exception {
    AtomicInteger pauses = new AtomicInteger();
    submission(1)
        .requireSlots(
            flink,
            () -> {
              pauses.incrementAndGet();
              endTheJob();
              return true;
            });
    assertThat(pauses).hasValue(1);
  }

  @Test
  void refusesWhenNobodyWantsToWaitOn() {
    assertThatThrownBy(() -> submission(1).requireSlots(flink, () -> false))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("needs 1 slots, but 0 of 1 are free");
  }

  @Test
  void refusesAfterSomeLooks() {
    AtomicInteger pauses = new AtomicInteger();
    assertThatThrownBy(() -> submission(1).requireSlots(flink, () -> pauses.incrementAndGet() > 0))
        .isInstanceOf(IOException.class);
    assertThat(pauses).hasValueBetween(1, 100);
  }

  @Test
  void doesNotWaitForSlotsThatTheClusterDoesNotHave() {
    assertThatThrownBy(() -> submission(2).requireSlots(flink, () -> fail("nothing to wait for")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("needs 2 slots, but 0 of 1 are free");
  }

  @Test
  void aClusterThatStartsTaskManagersByItselfHasRoom() throws Exception {
    SlotSupply unbounded = new SlotSupply(true, OptionalInt.empty(), false);

    assertThat(submission(2).requireSlots(flink, unbounded, () -> fail("nothing to wait for")))
        .contains("0 of 2 slots are free; the cluster starts TaskManagers for the others");
  }

  @Test
  void butNoMoreThanItsBound() throws Exception {
    SlotSupply bounded = new SlotSupply(true, OptionalInt.of(3), false);

    assertThat(submission(2).requireSlots(flink, bounded, () -> true)).isPresent();
    assertThatThrownBy(() -> submission(3).requireSlots(flink, bounded, () -> true))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("needs 3 slots")
        .hasMessageContaining("no more than 3 in all (slotmanager.number-of-slots.max)")
        .hasMessageContaining("1 of them are taken");
  }

  @Test
  void theAdaptiveSchedulerIsContentWithOneSlot() throws Exception {
    SlotSupply adaptive = new SlotSupply(false, OptionalInt.empty(), true);

    assertThatThrownBy(() -> submission(2).requireSlots(flink, adaptive, () -> false))
        .hasMessageContaining("needs 1 slots, but 0 of 1 are free");
    endTheJob();
    assertThat(submission(2).requireSlots(flink, adaptive, () -> false))
        .contains("1 of 2 slots are free; the adaptive scheduler takes those");
  }

  @Test
  void whereSlotsComeFromIsInTheConfiguration() throws Exception {
    assertThat(flink.slotSupply()).isEqualTo(SlotSupply.STANDALONE);
    assertThat(SlotSupply.of(Map.of("execution.target", "kubernetes-session")).onDemand()).isTrue();
    assertThat(SlotSupply.of(Map.of("execution.target", "yarn-session")).onDemand()).isTrue();
    assertThat(SlotSupply.of(Map.of("execution.target", "remote")).onDemand()).isFalse();
    assertThat(SlotSupply.of(Map.of("kubernetes.internal.jobmanager.entrypoint.class", "Any")))
        .matches(SlotSupply::onDemand);
    assertThat(SlotSupply.of(Map.of("slotmanager.number-of-slots.max", "7")).most()).hasValue(7);
    assertThat(SlotSupply.of(Map.of("jobmanager.scheduler", "Adaptive")).adaptive()).isTrue();
  }

  @Test
  void aJobThatHasDoneAllThereWasIsNoFailure() throws Exception {
    endTheJob();
    List<JobID> before = flink.jobs().stream().map(JobStatusMessage::getJobId).toList();
    count(10);
    JobID bounded =
        flink.jobs().stream()
            .map(JobStatusMessage::getJobId)
            .filter(id -> !before.contains(id))
            .findAny()
            .orElseThrow();
    JobWatch watch = new JobWatch(flink, bounded, line -> fail(line));

    await().until(() -> flink.status(bounded) == JobStatus.FINISHED);
    assertThat(watch.awaitRunning(() -> true)).isEqualTo(JobWatch.Outcome.DONE);
  }

  @Test
  void aJobThatRunsIsToldFromOneThatNobodyWaitsFor() throws Exception {
    JobID endless = RunningJob.of(flink, Optional.empty());

    assertThat(new JobWatch(flink, endless, line -> {}).awaitRunning(() -> true))
        .isEqualTo(JobWatch.Outcome.RUNS);
    endTheJob();
    assertThatThrownBy(() -> new JobWatch(flink, endless, line -> {}).awaitRunning(() -> true))
        .hasMessage("the job has ended (CANCELED)");
  }

  private static void count(long numbers) throws Exception {
    cluster.submit(
        (env, configuration) ->
            env.fromSequence(0, numbers)
                .uid("numbers")
                .sinkTo(new DiscardingSink<>())
                .uid("nowhere"),
        configuration(1));
  }

  private void endTheJob() {
    try {
      flink.cancel(RunningJob.of(flink, Optional.empty()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    await().until(() -> flink.overview().getNumSlotsAvailable() == 1);
  }

  private static JobSubmission submission(int parallelism) throws ConfigurationException {
    return new JobSubmission(configuration(parallelism), new Configuration(), Optional.empty());
  }

  private static JobConfiguration configuration(int parallelism) throws ConfigurationException {
    return ConfigurationFile.parse(
        "parallelism: %d\nmodels: [{model_name: m, task_type: embedding, path: m}]\n"
            .formatted(parallelism),
        Map.of());
  }
}
