package org.openautoglm.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.BatchingSpec.Policy;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.testing.ScriptedEngine;
import org.openautoglm.operators.testing.TestingModels;
import org.openautoglm.operators.testing.TestingModels.CodedException;
import org.openautoglm.operators.testing.TestingPrompts;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.RowOutcome;

class WindowFailuresTest {
  private static final ModelSpec MODEL = TestingModels.model("m", TestingModels.BATCHING);
  private static final ModelSpec LINGERING =
      TestingModels.model(
          "m", new BatchingSpec(3, 1_024, 50, 100, Policy.FIRST_COME_FIRST_SERVED, 100));

  private static ScriptedEngine.Script failing(FailureCode code) {
    return (rows, sink) -> {
      throw new CodedException(code, "because");
    };
  }

  private static void sendWithDeadline(WindowHarness window, String id, int token, long deadlineMs)
      throws Exception {
    window.send(
        TestingPrompts.withDeadline(
            TestingPrompts.prompt("m", window.keys.keyFor("m", 0), id, token, 5), deadlineMs));
  }

  @Test
  void lateRowsAreAnsweredAtTheirDeadlineWhetherTheyWaitOrRun() throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL).open()) {
      window.flink.setProcessingTime(1_000);
      sendWithDeadline(window, "late-already", 1, 1_000);
      assertThat(window.answer("late-already").getOutcomes(0).getError().getCode())
          .isEqualTo("DEADLINE_EXCEEDED");
      sendWithDeadline(window, "running", 2, 1_010);
      sendWithDeadline(window, "waiting", 3, 1_020);
      window.send("m", "patient", 4, 5);
      window.flink.setProcessingTime(1_021);
      assertThat(window.answeredIds()).containsExactly("late-already", "running", "waiting");
      assertThat(window.answer("running").getOutcomes(0).getError().getMessage())
          .isEqualTo("the deadline passed while model m was at work on input 0");
      window.runAllBatches();
      assertThat(window.answer("patient").getOutcomes(0).hasOutput()).isTrue();
      assertThat(window.engine.batchFirstTokens()).hasToString("[[4]]");
      window.assertConservation("m");
    }
  }

  @Test
  void oneTimerServesAllDeadlines() throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL).open()) {
      for (int i = 0; i < 50; i++) {
        sendWithDeadline(window, "r" + i, i, 5_000 - i);
      }
      assertThat(window.flink.getProcessingTimeService().getNumActiveTimers()).isEqualTo(1);
      window.runAllBatches();
      assertThat(window.answers()).hasSize(50);
    }
  }

  @Test
  void poisonRowInABatchFailsAlone() throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL).open()) {
      window.engine.script(
          (rows, sink) -> {
            if (rows.stream().anyMatch(row -> row.tokens()[0] == 3)) {
              throw new CodedException(FailureCode.MODEL_FAILURE, "because");
            }
            ScriptedEngine.answerAll(rows, sink);
          });
      for (int i = 0; i < 6; i++) {
        window.send("m", "r" + i, i, 5);
      }
      window.runAllBatches();
      for (int i = 0; i < 6; i++) {
        assertThat(window.answer("r" + i).getOutcomes(0).hasError()).isEqualTo(i == 3);
      }
      window.assertConservation("m");
    }
  }

  @Test
  void unavailableModelIsTriedAgainWithBackoffAndTheLaneIsFreeMeanwhile() throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL).open()) {
      window.engine.script(failing(FailureCode.MODEL_UNAVAILABLE));
      window.send("m", "a", 1, 5);
      window.runBatch();
      assertThat(window.lanes.size()).isZero();
      assertThat(window.engine.device().freeLanes()).isEqualTo(1);
      window.flink.setProcessingTime(9);
      assertThat(window.lanes.size()).isZero();
      window.flink.setProcessingTime(10);
      assertThat(window.lanes.size()).isEqualTo(1);
      window.runBatch(); // The second failure: 20 ms.
      window.flink.setProcessingTime(29);
      assertThat(window.lanes.size()).isZero();
      window.engine.script(ScriptedEngine::answerAll);
      window.flink.setProcessingTime(30);
      window.runBatch();
      RowOutcome outcome = window.answer("a").getOutcomes(0);
      assertThat(outcome.hasOutput()).isTrue();
      assertThat(outcome.getRun().getAttempts()).isEqualTo(3);
      assertThat(window.metrics("m").rowsRetried.getCount()).isEqualTo(2);
      window.assertConservation("m");
    }
  }

  @Test
  void rowFailsAfterItsLastAttemptWithWhatFailedIt() throws Exception {
    for (FailureCode code :
        new FailureCode[] {FailureCode.MODEL_UNAVAILABLE, FailureCode.DEVICE_OUT_OF_MEMORY}) {
      try (WindowHarness window = WindowHarness.of(MODEL).open()) {
        window.engine.script(failing(code));
        window.send("m", "a", 1, 5);
        for (int time = 0; time < 100; time += 10) {
          window.flink.setProcessingTime(time);
          window.runAllBatches();
        }
        RowOutcome outcome = window.answer("a").getOutcomes(0);
        assertThat(outcome.getError().getCode()).isEqualTo(code.name());
        assertThat(outcome.getError().getRetryable()).isTrue();
        assertThat(outcome.getRun().getFailure()).isEqualTo(code.name());
        assertThat(outcome.getRun().getAttempts()).isEqualTo(3);
        assertThat(window.engine.batchLengths()).hasSize(3);
        assertThat(window.metrics("m").rowsFailed(code).getCount()).isEqualTo(1);
        window.assertConservation("m");
      }
    }
  }

  @Test
  void thereIsNoAttemptBeyondTheDeadline() throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL).open()) {
      window.engine.script(failing(FailureCode.MODEL_UNAVAILABLE));
      sendWithDeadline(window, "a", 1, 25);
      window.runBatch(); // Again at 10.
      window.flink.setProcessingTime(10);
      window.runBatch(); // Again at 30, which is too late.
      assertThat(window.answer("a").getOutcomes(0).getError().getCode())
          .isEqualTo("MODEL_UNAVAILABLE");
    }
  }

  @Test
  void deadlineThatPassesDuringABackoffEndsTheRowWithWhatItRan() throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL).open()) {
      window.engine.script(failing(FailureCode.MODEL_UNAVAILABLE));
      sendWithDeadline(window, "a", 1, 15);
      window.runBatch(); // Again at 10, but the task looks at the clock only later.
      window.flink.getProcessingTimeService().setCurrentTime(20);
      RowOutcome outcome = window.answer("a").getOutcomes(0);
      assertThat(outcome.getError().getCode()).isEqualTo("DEADLINE_EXCEEDED");
      assertThat(outcome.getRun().getAttempts()).isEqualTo(1);
      assertThat(window.engine.batchLengths()).hasSize(1);
      window.assertConservation("m");
    }
  }

  @Test
  void faultOfTheProcessFailsTheTask() throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL).open()) {
      window.engine.script(
          (rows, sink) -> {
            throw new LinkageError("because");
          });
      window.send("m", "a", 1, 5);
      assertThatThrownBy(window::runBatch).hasRootCauseMessage("because");
      assertThat(window.answers()).isEmpty();
    }
  }

  @Test
  void lingeringBatchWaitsForCompanyOrForTheTimer() throws Exception {
    try (WindowHarness window = WindowHarness.of(LINGERING).open()) {
      window.send("m", "a", 1, 5);
      window.flink.setProcessingTime(49);
      assertThat(window.lanes.size()).isZero();
      assertThat(window.engine.device().freeLanes()).isEqualTo(1);
      window.flink.setProcessingTime(50);
      assertThat(window.lanes.size()).isEqualTo(1);
      window.runBatch();
      window.send("m", "b", 2, 5);
      window.send("m", "c", 3, 5);
      assertThat(window.lanes.size()).isZero();
      window.send("m", "d", 4, 5);
      assertThat(window.lanes.size()).isEqualTo(1);
    }
  }

  @Test
  void endOfInputWaitsForNobodyAndForEveryBackoffWithoutTimers() throws Exception {
    ExecutorService lane = Executors.newSingleThreadExecutor();
    try (WindowHarness window = new WindowHarness(List.of(LINGERING), 1, 0, 1, lane).open()) {
      AtomicInteger runs = new AtomicInteger();
      window.engine.script(
          (rows, sink) -> {
            if (runs.incrementAndGet() <= 2) {
              throw new CodedException(FailureCode.MODEL_UNAVAILABLE, "because");
            }
            ScriptedEngine.answerAll(rows, sink);
          });
      window.send("m", "a", 1, 5);
      window.send("m", "b", 2, 5);
      window.flink.endInput();
      assertThat(window.answeredIds()).containsExactlyInAnyOrder("a", "b");
      assertThat(window.answers()).allMatch(answer -> answer.getOutcomes(0).hasOutput());
      assertThat(runs).hasValue(3);
      window.assertConservation("m");
    } finally {
      lane.shutdown();
    }
  }

  @Test
  void modelLostFromTheConfigurationIsAnAnswer() throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL).open()) {
      window.send(TestingPrompts.prompt("lost", "lost/0", "a", 1, 5, 5));
      assertThat(window.answer("a").getOutcomesList())
          .hasSize(2)
          .allMatch(outcome -> outcome.getError().getCode().equals("UNKNOWN_MODEL"));
    }
  }
}
