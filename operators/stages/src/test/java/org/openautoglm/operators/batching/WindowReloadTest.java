package org.openautoglm.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.testing.ManualExecutor;
import org.openautoglm.operators.testing.ScriptedEngine;
import org.openautoglm.operators.testing.TestingModels;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.RowOutcome;

/** A newer version of a model begins to serve while the window works. */
class WindowReloadTest {
  private WindowHarness window;

  @BeforeEach
  void open() throws Exception {
    window = WindowHarness.of(TestingModels.model("m", TestingModels.BATCHING)).open();
  }

  @AfterEach
  void close() {
    window.close();
  }

  private ScriptedEngine newer() {
    return new ScriptedEngine(window.engine.device()).version("2", "d2");
  }

  @Test
  void whatRunsEndsOnItsVersionAndWhatWaitsRunsOnTheNewOne() throws Exception {
    window.send("m", "running", 1, 5);
    window.send("m", "waiting", 2, 5);
    ScriptedEngine newer = newer();
    window.provider.replace("m", newer);
    window.openMails();
    assertThat(window.provider.openLeases()).as("the batch still holds the old one").isEqualTo(2);

    window.runBatch();
    assertThat(window.provider.openLeases()).isEqualTo(1);
    window.runAllBatches();

    assertThat(window.engine.batchFirstTokens()).hasToString("[[1]]");
    assertThat(newer.batchFirstTokens()).hasToString("[[2]]");
    assertThat(window.answer("running").getModelDigest()).isEqualTo("d1");
    assertThat(window.answer("waiting").getModelDigest()).isEqualTo("d2");
    assertThat(window.answer("waiting").getModelVersion()).isEqualTo("2");
    assertThat(window.metrics("m").modelReloads.getCount()).isEqualTo(1);
    window.assertConservation("m");
  }

  @Test
  void aSubtaskWithoutWorkLetsGoOfTheOldVersionToo() throws Exception {
    window.send("m", "a", 1, 5);
    window.runAllBatches();
    window.provider.replace("m", newer());
    window.openMails();
    assertThat(window.provider.leases()).isEqualTo(2);
    assertThat(window.provider.openLeases()).isEqualTo(1);
  }

  @Test
  void rowsOfOneRequestKeepTheDigestOfTheirOwnVersion() throws Exception {
    try (WindowHarness single =
        WindowHarness.of(TestingModels.model("m", TestingModels.BATCHING))) {
      single.engine.maxIndependentRows(1);
      single.open();
      single.send("m", "both", 1, 5, 5);
      single.provider.replace("m", new ScriptedEngine(single.engine.device()).version("2", "d2"));
      single.runAllBatches();

      AnsweredPrompt answer = single.answer("both");
      assertThat(answer.getModelDigest()).isEqualTo("d2");
      List<String> digests =
          answer.getOutcomesList().stream()
              .map(RowOutcome::getRun)
              .map(run -> run.getModelDigest())
              .toList();
      assertThat(digests).containsExactly("d1", "");
    }
  }

  /** As a decoder has one for each version. */
  @Test
  void aVersionWithADeviceOfItsOwnStartsBesideTheOldOne() throws Exception {
    window.close();
    window =
        WindowHarness.of(TestingModels.model("m", TaskType.TEXT_GENERATION, TestingModels.BATCHING))
            .open();
    window.send("m", "old", 1, 5);
    ManualExecutor lanes = new ManualExecutor();
    ScriptedEngine newer = new ScriptedEngine(new Device("cpu", 1, lanes)).version("2", "d2");
    window.provider.replace("m", newer);
    window.openMails();
    window.send("m", "new", 2, 5);
    assertThat(lanes.size()).isEqualTo(1);
    lanes.runNext();
    window.openMails();
    assertThat(window.answeredIds()).containsExactly("new");
    window.runAllBatches();
    assertThat(window.answeredIds()).containsExactly("new", "old");
    assertThat(window.provider.openLeases()).isEqualTo(1);
    window.send("m", "later", 3, 5);
    assertThat(window.lanes.size()).isZero();
    assertThat(lanes.size()).isEqualTo(1);
    lanes.runNext();
    window.openMails();
    window.assertConservation("m");
  }
}
