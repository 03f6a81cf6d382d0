package org.openautoglm.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.BatchingSpec.Policy;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.WaitingSpec;
import org.openautoglm.operators.inference.WaitingSpec.Overload;
import org.openautoglm.operators.testing.ScriptedEngine;
import org.openautoglm.operators.testing.TestingModels;
import org.openautoglm.operators.testing.TestingPrompts;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.PreparedPrompt;
import org.openautoglm.schemas.flow.RowOutcome;

class MicroBatchWindowTest {
  private static final ModelSpec MODEL = TestingModels.model("m", TestingModels.BATCHING);

  /** A pool so small, and nothing beside it. */
  private static BatchingSpec bound(int maxWaitingRows) {
    return new BatchingSpec(8, 1_024, 0, maxWaitingRows, Policy.FIRST_COME_FIRST_SERVED, 100)
        .with(new WaitingSpec(1 << 20, 0, 0, Overload.BLOCK));
  }

  @Test
  void firstRowRunsAtOnceAndTheRestGatherWhileTheDeviceIsBusy() throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL).open()) {
      window.send("m", "a", 1, 5);
      window.send("m", "b", 2, 5);
      window.send("m", "c", 3, 5);
      assertThat(window.lanes.size()).isEqualTo(1);
      window.runBatch();
      assertThat(window.answeredIds()).containsExactly("a");
      window.runAllBatches();
      assertThat(window.answeredIds()).containsExactly("a", "b", "c");
      assertThat(window.engine.batchFirstTokens()).hasToString("[[1], [2, 3]]");
    }
  }

  @Test
  void requestIsAnsweredWhenItsLastRowHasEnded() throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL).open()) {
      // Lengths so far apart that no two share a batch.
      window.send("m", "three", 10, 5, 100, 400);
      window.send("m", "one", 20, 5);
      window.runBatch();
      assertThat(window.answeredIds()).isEmpty();
      window.runAllBatches();
      assertThat(window.answeredIds()).containsExactlyInAnyOrder("three", "one");
      AnsweredPrompt three = window.answer("three");
      assertThat(three.getModelVersion()).isEqualTo("1");
      assertThat(three.getModelDigest()).isEqualTo("d1");
      for (int i = 0; i < 3; i++) {
        RowOutcome outcome = three.getOutcomes(i);
        assertThat(outcome.getIndex()).isEqualTo(i);
        assertThat(outcome.getOutput().getIndex()).isEqualTo(i);
        assertThat(outcome.getOutput().getEmbedding(0)).isEqualTo(10 + i);
        assertThat(outcome.getRun().getAttempts()).isEqualTo(1);
        assertThat(outcome.getRun().getDevice()).isEqualTo("cpu");
      }
    }
  }

  @Test
  void rowIsAnsweredWhileItsNeighboursStillRun() throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL).open()) {
      window.send("m", "first", 1, 5);
      window.send("m", "early", 2, 5);
      window.send("m", "late", 3, 5);
      window.runBatch();
      window.engine.script(
          (rows, sink) -> {
            sink.complete(0, ScriptedEngine.answer(rows.get(0)));
            window.openMails();
            assertThat(window.answeredIds()).containsExactly("first", "early");
            sink.complete(1, ScriptedEngine.answer(rows.get(1)));
          });
      window.runBatch();
      assertThat(window.answeredIds()).containsExactly("first", "early", "late");
    }
  }

  @Test
  void refusedRowsNeverReachABatch() throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL).open()) {
      String key = window.keys.keyFor("m", 0);
      window.send(TestingPrompts.withRefusedRow(TestingPrompts.prompt("m", key, "none", 1), 0));
      assertThat(window.answeredIds()).containsExactly("none");
      window.send(TestingPrompts.withRefusedRow(TestingPrompts.prompt("m", key, "half", 1, 5), 1));
      window.runAllBatches();
      List<RowOutcome> half = window.answer("half").getOutcomesList();
      assertThat(half.get(0).hasOutput()).isTrue();
      assertThat(half.get(1).getError().getCode()).isEqualTo("PROMPT_TOO_LONG");
      assertThat(half.get(1).hasRun()).isFalse();
      assertThat(window.engine.rowsRun()).isEqualTo(1);
    }
  }

  /** What generates is bounded by its lanes, of which it has one for each slot. */
  @Test
  void generatingRowsTakeEveryLaneWhateverTheBoundOfBatchesInFlight() throws Exception {
    ModelSpec chat = TestingModels.model("chat", TaskType.TEXT_GENERATION, TestingModels.BATCHING);
    int lanes = 6;
    try (WindowHarness window = new WindowHarness(List.of(chat, MODEL), 1, 0, lanes, null, 2)) {
      window.engine.maxIndependentRows(1);
      window.open();
      for (int i = 0; i < lanes + 1; i++) {
        window.send("chat", "chat-" + i, i, 5);
      }
      assertThat(window.lanes.size()).isEqualTo(lanes);
      window.runAllBatches();
      for (int i = 0; i < lanes; i++) {
        window.send("m", "m-" + i, i, 5);
      }
      assertThat(window.lanes.size()).isEqualTo(2);
      window.runAllBatches();
      assertThat(window.answers()).hasSize(2 * lanes + 1);
    }
  }

  @Test
  void modelWhoseRowsChangeEachOthersAnswersRunsThemOneByOne() throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL)) {
      window.engine.maxIndependentRows(1);
      window.open();
      window.send("m", "a", 1, 5, 5, 5);
      window.runAllBatches();
      assertThat(window.engine.batchFirstTokens()).hasToString("[[1], [2], [3]]");
    }
  }

  @Test
  void modelWithABacklogLeavesAFreshOneItsShareOfTheDevice() throws Exception {
    ModelSpec other = TestingModels.model("n", TestingModels.BATCHING);
    try (WindowHarness window = WindowHarness.of(MODEL, other).open()) {
      for (int i = 0; i < 80; i++) {
        window.send("m", "m" + i, 100 + i, 5);
      }
      window.runBatch();
      window.runBatch();
      window.send("n", "n1", 2, 5);
      // One runs already, and at most one goes before the newcomer.
      window.runBatch();
      window.runBatch();
      window.runBatch();
      assertThat(window.answeredIds()).contains("n1").hasSizeLessThan(40);
      window.runAllBatches();
      assertThat(window.answers()).hasSize(81);
    }
  }

  @Test
  void fullPoolPushesBackAndMailsInsideTheYieldRunEachRowOnce() throws Exception {
    try (WindowHarness window = WindowHarness.of(TestingModels.model("m", bound(2))).open()) {
      window.send("m", "running", 1, 5);
      window.send("m", "waiting-1", 2, 5);
      window.send("m", "waiting-2", 3, 5);
      // Each of these finds the pool full and yields; the batch's end comes as a mail in the yield.
      for (int i = 4; i < 40; i++) {
        window.runBatchInMail();
        window.send("m", "late-" + i, i, 5);
        assertThat(window.rowsWaiting("m")).isLessThanOrEqualTo(2);
      }
      window.runAllBatches();
      assertThat(window.answeredIds()).doesNotHaveDuplicates().hasSize(39);
      assertThat(window.engine.rowsRun()).isEqualTo(39);
    }
  }

  @Test
  void requestWithMoreRowsThanThePoolHoldsGetsIntoAnEmptyOne() throws Exception {
    try (WindowHarness window = WindowHarness.of(TestingModels.model("m", bound(2))).open()) {
      window.send("m", "large", 1, 5, 5, 5, 5, 5);
      window.runAllBatches();
      assertThat(window.answeredIds()).containsExactly("large");
    }
  }

  @Test
  void watermarksStayBehindTheRequestsBeforeThem() throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL).open()) {
      window.send("m", "a", 1, 5);
      window.flink.processWatermark(new Watermark(10));
      window.flink.processWatermarkStatus(WatermarkStatus.IDLE);
      window.send("m", "b", 2, 5);
      assertThat(window.flink.getOutput()).isEmpty();
      window.runBatch();
      assertThat(window.flink.getOutput()).element(1).isEqualTo(new Watermark(10));
      assertThat(window.flink.getOutput()).element(2).isEqualTo(WatermarkStatus.IDLE);
      window.runAllBatches();
      assertThat(window.flink.getOutput()).hasSize(4);
    }
  }

  @Test
  void reusedStreamRecordsDoNoHarmAndAnswersCarryNoTimestamp() throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL)) {
      window.flink.getExecutionConfig().enableObjectReuse();
      window.open();
      StreamRecord<PreparedPrompt> reused = new StreamRecord<>(null, 77);
      for (int i = 0; i < 4; i++) {
        window.flink.processElement(
            reused.replace(
                TestingPrompts.prompt("m", window.keys.keyFor("m", 0), "r" + i, i, 5), 77 + i));
      }
      window.runAllBatches();
      assertThat(window.answeredIds()).containsExactly("r0", "r1", "r2", "r3");
      for (int i = 0; i < 4; i++) {
        assertThat(window.answer("r" + i).getOutcomes(0).getOutput().getEmbedding(0)).isEqualTo(i);
      }
      assertThat(window.flink.getRecordOutput()).noneMatch(StreamRecord::hasTimestamp);
    }
  }

  @Test
  void subtaskLoadsOnlyTheModelsWhoseKeysItHas() throws Exception {
    List<ModelSpec> models = List.of(MODEL, TestingModels.model("n", TestingModels.BATCHING));
    try (WindowHarness window = new WindowHarness(models, 2, 0, 1, null).open()) {
      assertThat(window.provider.leases()).isEqualTo(1);
    }
  }

  @Test
  void closingGivesUpTheLeaseWhenTheLastBatchHasEnded() throws Exception {
    WindowHarness window = WindowHarness.of(MODEL).open();
    window.send("m", "a", 1, 5);
    window.close();
    assertThat(window.provider.openLeases()).isEqualTo(1);
    window.lanes.runNext();
    assertThat(window.provider.openLeases()).isZero();
    window.openMails();
    assertThat(window.answers()).isEmpty();
  }

  @Test
  void conservationHoldsAtEveryMoment() throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL).open()) {
      for (int i = 0; i < 20; i++) {
        window.send("m", "r" + i, i, 5, 50, 300);
        window.assertConservation("m");
        if (i % 3 == 0) {
          window.runBatch();
          window.assertConservation("m");
        }
      }
      window.runAllBatches();
      window.assertConservation("m");
      WindowMetrics metrics = window.metrics("m");
      assertThat(metrics.requestsAnswered.getCount()).isEqualTo(20);
      assertThat(metrics.rowsAnswered.getCount()).isEqualTo(60);
      assertThat(metrics.batchRows.getCount()).isEqualTo(metrics.batches.getCount());
      assertThat(metrics.batchPaddedTokens.getStatistics().getMax()).isLessThanOrEqualTo(1_024);
    }
  }
}
