package org.openautoglm.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.BatchingSpec.Policy;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.LaneClaim;
import org.openautoglm.operators.testing.ManualExecutor;
import org.openautoglm.operators.testing.ScriptedEngine;
import org.openautoglm.operators.testing.TestingModels;

/** One model on two devices, each with one lane. */
class WindowPlacementTest {
  private final ManualExecutor secondLane = new ManualExecutor();
  private final ScriptedEngine second = new ScriptedEngine(new Device("cuda:0", 1, secondLane));

  private WindowHarness window(Policy policy) throws Exception {
    WindowHarness window =
        WindowHarness.of(TestingModels.model("m", new BatchingSpec(2, 1_024, 0, 100, policy, 100)));
    window.provider.with("m", window.engine, second);
    return window.open();
  }

  @Test
  void bothDevicesWorkAndEachOneIsFilledWhenItIsFree() throws Exception {
    for (Policy policy : Policy.values()) {
      try (WindowHarness window = window(policy)) {
        for (int i = 0; i < 6; i++) {
          window.send("m", "r" + i, i, 5);
        }
        assertThat(window.lanes.size()).isEqualTo(1);
        assertThat(secondLane.size()).isEqualTo(1);
        while (window.unfinished("m") > 0) {
          window.lanes.runNext();
          secondLane.runNext();
          window.openMails();
        }
        assertThat(window.answeredIds()).hasSize(6).doesNotHaveDuplicates();
        assertThat(window.answers())
            .anyMatch(answer -> answer.getOutcomes(0).getRun().getDevice().equals("cpu"))
            .anyMatch(answer -> answer.getOutcomes(0).getRun().getDevice().equals("cuda:0"));
        window.assertConservation("m");
      }
    }
  }

  @Test
  void moreBatchesThanAllowedNeverRunAtATime() throws Exception {
    try (WindowHarness window = window(Policy.FIRST_COME_FIRST_SERVED)) {
      for (int i = 0; i < 20; i++) {
        window.send("m", "r" + i, i, 5);
        assertThat(window.metrics("m").batchesInFlight).isLessThanOrEqualTo(2);
      }
      assertThat(window.metrics("m").batchesInFlight).isEqualTo(2);
    }
  }

  @Test
  void laneThatAnotherSubtaskFreesIsTaken() throws Exception {
    try (WindowHarness window =
        WindowHarness.of(TestingModels.model("m", TestingModels.BATCHING)).open()) {
      Device device = window.engine.device();
      LaneClaim.Lane taken = device.claim("other", 2, () -> {}).tryAcquire(0);
      assertThat(taken).isNotNull();
      window.send("m", "a", 1, 5);
      window.send("m", "b", 2, 5);
      assertThat(window.lanes.size()).isZero();
      device.release(taken);
      window.openMails();
      assertThat(window.lanes.size()).isEqualTo(1);
      window.runAllBatches();
      assertThat(window.engine.batchFirstTokens()).hasToString("[[1, 2]]");
    }
  }
}
