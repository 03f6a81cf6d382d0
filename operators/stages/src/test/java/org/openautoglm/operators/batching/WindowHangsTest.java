package org.openautoglm.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.LaneThreads;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.testing.Hang;
import org.openautoglm.operators.testing.ScriptedEngine;
import org.openautoglm.operators.testing.TestingModels;
import org.openautoglm.operators.testing.TestingPrompts;
import org.openautoglm.schemas.flow.RowOutcome;

/** Runs that do not end, on threads of their own: what becomes of rows, lanes and engines. */
class WindowHangsTest {
  private static final int TIMEOUT_MS = 50;
  private static final int POISON = 7;
  private static final ModelSpec MODEL =
      TestingModels.model("m", TestingModels.BATCHING).runsWithin(TIMEOUT_MS);
  private static final ModelSpec UNHURRIED = TestingModels.model("m", TestingModels.BATCHING);

  private final AtomicInteger runs = new AtomicInteger();
  private final AtomicLong nowMs = new AtomicLong(1_000);

  @Test
  void aRunThatTakesTooLongIsEndedAndItsRowRunsAgain() throws Exception {
    Hang hang = Hang.listening();
    try (WindowHarness window = window(MODEL)) {
      window.engine.script(
          (rows, sink, cancellation) -> {
            if (runs.getAndIncrement() == 0) {
              hang.hang(cancellation);
            }
            ScriptedEngine.answerAll(rows, sink);
          });
      window.send("m", "r", 1, 5);
      RowOutcome outcome = awaitAnswer(window, "r").get(0);
      assertThat(outcome.hasOutput()).isTrue();
      assertThat(outcome.getRun().getAttempts()).isEqualTo(2);
      assertThat(health(window.engine.device(), "runsTooLong")).isEqualTo(1);
      assertThat(health(window.engine.device(), "runsStuck")).isZero();
      window.assertConservation("m");
    }
  }

  @Test
  void aRunThatDoesNotEndEvenSoIsGivenUpAndItsLateReportsAreNobodys() throws Exception {
    Hang hang = Hang.deaf();
    AtomicBoolean reportedLate = new AtomicBoolean();
    WindowHarness window = window(MODEL);
    try {
      window.engine.script(
          (rows, sink, cancellation) -> {
            if (runs.getAndIncrement() == 0) {
              hang.waitFor(cancellation);
              ScriptedEngine.answerAll(rows, sink);
              reportedLate.set(true);
              return;
            }
            ScriptedEngine.answerAll(rows, sink);
          });
      window.send("m", "r", 1, 5, 6);
      assertThat(awaitAnswer(window, "r")).allMatch(RowOutcome::hasOutput);
      assertThat(health(window.engine.device(), "runsStuck")).isEqualTo(1);
      assertThat(window.engine.device().freeLanes()).as("another took its place").isEqualTo(1);
      window.send("m", "s", 2, 5);
      assertThat(awaitAnswer(window, "s")).allMatch(RowOutcome::hasOutput);
      window.close();
      assertThat(window.provider.openLeases()).as("the stuck run's").isEqualTo(1);
    } finally {
      hang.letGo();
    }
    await().untilTrue(reportedLate);
    await().untilAsserted(() -> assertThat(window.provider.openLeases()).isZero());
    assertThat(health(window.engine.device(), "runsStuck")).isZero();
    assertThat(window.engine.device().freeLanes()).isEqualTo(1);
  }

  @Test
  void lateReportsThatComeWhileTheWindowRunsAnswerNothingTwice() throws Exception {
    Hang hang = Hang.deaf();
    AtomicBoolean reportedLate = new AtomicBoolean();
    try (WindowHarness window = window(MODEL)) {
      window.engine.script(
          (rows, sink, cancellation) -> {
            if (runs.getAndIncrement() == 0) {
              hang.waitFor(cancellation);
              ScriptedEngine.answerAll(rows, sink);
              reportedLate.set(true);
              return;
            }
            ScriptedEngine.answerAll(rows, sink);
          });
      window.send("m", "r", 1, 5);
      assertThat(awaitAnswer(window, "r").get(0).getRun().getAttempts()).isEqualTo(2);
      hang.letGo();
      await().untilTrue(reportedLate);
      await().until(() -> health(window.engine.device(), "runsStuck") == 0);
      window.openMails();
      assertThat(window.answeredIds()).containsExactly("r");
      assertThat(window.metrics("m").batchesInFlight).isZero();
      window.assertConservation("m");
    }
  }

  @Test
  void aRowOnWhichRunsHangFailsAloneAndItsNeighboursAreAnswered() throws Exception {
    try (WindowHarness window = window(MODEL)) {
      window.engine.script(
          (rows, sink, cancellation) -> {
            if (rows.stream().anyMatch(row -> row.tokens()[0] == POISON)) {
              Hang.listening().hang(cancellation);
            }
            ScriptedEngine.answerAll(rows, sink);
          });
      window.send("m", "r", POISON - 2, 5, 5, 5, 5, 5);
      List<RowOutcome> outcomes = awaitAnswer(window, "r");
      assertThat(outcomes).filteredOn(RowOutcome::hasOutput).hasSize(4);
      assertThat(outcomes.get(2).getError().getCode()).isEqualTo("MODEL_UNAVAILABLE");
      assertThat(outcomes.get(2).getError().getMessage()).contains("longer than inference.timeout");
      assertThat(outcomes.get(2).getRun().getAttempts()).isEqualTo(3);
      assertThat(outcomes.get(2).getRun().getBatchRows()).as("alone in the end").isEqualTo(1);
      assertThat(health(window.engine.device(), "outOfService")).isZero();
      window.assertConservation("m");
    }
  }

  @Test
  void whereNoDeviceIsLeftRowsAreAnswered() throws Exception {
    try (WindowHarness window = window(MODEL)) {
      window.engine.script(
          (rows, sink, cancellation) -> {
            runs.incrementAndGet();
            Hang.listening().hang(cancellation);
          });
      for (int i = 0; i < 3; i++) {
        window.send("m", "r" + i, 1, 5);
        RowOutcome outcome = awaitAnswer(window, "r" + i).get(0);
        assertThat(outcome.getError().getCode()).isEqualTo("MODEL_UNAVAILABLE");
      }
      assertThat(health(window.engine.device(), "outOfService")).isEqualTo(1);
      assertThat(runs).as("then nothing more was sent to it").hasValue(5);
      window.assertConservation("m");
    }
  }

  @Test
  void anotherDeviceTakesTheWorkOfOneThatRunsHangOn() throws Exception {
    try (WindowHarness window = harness(MODEL)) {
      ScriptedEngine sound = new ScriptedEngine(device("other"));
      window.provider.with("m", window.engine, sound);
      window.open();
      window.engine.script(
          (rows, sink, cancellation) -> {
            runs.incrementAndGet();
            Hang.listening().hang(cancellation);
          });
      for (int i = 0; i < 5; i++) {
        window.send("m", "r" + i, 1, 5);
        assertThat(awaitAnswer(window, "r" + i)).allMatch(RowOutcome::hasOutput);
      }
      assertThat(runs).hasValue(1);
      assertThat(sound.rowsRun()).isEqualTo(5);
    }
  }

  @Test
  void aBatchAllOfWhoseRowsAreLateIsEnded() throws Exception {
    Hang hang = Hang.listening();
    try (WindowHarness window = window(UNHURRIED)) {
      window.engine.script((rows, sink, cancellation) -> hang.hang(cancellation));
      window.send(
          TestingPrompts.withDeadline(
              TestingPrompts.prompt("m", window.keys.keyFor("m", 0), "r", 1, 5), 1_010));
      hang.awaitHanging();
      window.flink.setProcessingTime(1_010);
      assertThat(window.answer("r").getOutcomes(0).getError().getCode())
          .isEqualTo("DEADLINE_EXCEEDED");
      await().until(() -> window.engine.device().freeLanes() == 1);
      window.openMails();
      assertThat(window.answeredIds()).containsExactly("r");
      assertThat(window.metrics("m").batchesInFlight).isZero();
      window.assertConservation("m");
    }
  }

  @Test
  void aBatchThatSomebodyStillWaitsForGoesOn() throws Exception {
    Hang first = Hang.deaf();
    try (WindowHarness window = window(UNHURRIED)) {
      AtomicBoolean cancelled = new AtomicBoolean();
      window.engine.script(
          (rows, sink, cancellation) -> {
            if (runs.getAndIncrement() == 0) {
              first.waitFor(cancellation);
            }
            cancelled.set(cancelled.get() || cancellation.isCancelled());
            ScriptedEngine.answerAll(rows, sink);
          });
      window.send("m", "first", 1, 5);
      first.awaitHanging();
      String key = window.keys.keyFor("m", 0);
      window.send(
          TestingPrompts.withDeadline(TestingPrompts.prompt("m", key, "late", 2, 5), 1_010));
      window.send("m", "patient", 3, 5);
      first.letGo();
      assertThat(awaitAnswer(window, "patient")).allMatch(RowOutcome::hasOutput);
      assertThat(cancelled).isFalse();
      assertThat(window.answeredIds()).contains("first", "late");
    }
  }

  @Test
  void closingEndsWhatRuns() throws Exception {
    Hang hang = Hang.listening();
    WindowHarness window = window(UNHURRIED);
    window.engine.script((rows, sink, cancellation) -> hang.hang(cancellation));
    window.send("m", "r", 1, 5);
    hang.awaitHanging();
    window.close();
    await().until(() -> window.engine.device().freeLanes() == 1);
    await().untilAsserted(() -> assertThat(window.provider.openLeases()).isZero());
  }

  private WindowHarness window(ModelSpec model) throws Exception {
    WindowHarness window = harness(model).open();
    window.flink.setProcessingTime(nowMs.get());
    return window;
  }

  private static WindowHarness harness(ModelSpec model) throws Exception {
    return new WindowHarness(List.of(model), 1, 0, 1, new LaneThreads("hangs", 1));
  }

  private static Device device(String name) {
    return new Device(name, 1, new LaneThreads("hangs-" + name, 1));
  }

  private static long health(Device device, String gauge) {
    return device.health().gauges().get(gauge).getAsLong();
  }

  /** Lets time go on, for rows that back off, until a request is answered. */
  private List<RowOutcome> awaitAnswer(WindowHarness window, String id) {
    await()
        .pollInSameThread()
        .until(
            () -> {
              window.openMails();
              window.flink.setProcessingTime(nowMs.addAndGet(10));
              return window.answeredIds().contains(id);
            });
    return window.answer(id).getOutcomesList();
  }
}
