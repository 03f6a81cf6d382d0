package org.openautoglm.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.suspects.Suspects;
import org.openautoglm.operators.testing.ScriptedEngine;
import org.openautoglm.operators.testing.TestingModels;
import org.openautoglm.operators.testing.TestingModels.CodedException;
import org.openautoglm.operators.testing.TestingPrompts;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.PreparedPrompt;
import org.openautoglm.schemas.flow.RowOutcome;
import org.openautoglm.schemas.wire.Output;

class BatchRunTest {
  private final ScriptedEngine engine = new ScriptedEngine(new Device("cpu", 1, Runnable::run));
  private final List<Completion> completions = new ArrayList<>();
  private long nowUs = 1_000;

  private static CodedException failure(FailureCode code) {
    return new CodedException(code, "because");
  }

  private static boolean has(List<EngineRow> rows, int firstToken) {
    return rows.stream().anyMatch(row -> row.tokens()[0] == firstToken);
  }

  private List<Row> run(int rowCount) {
    Rows rows = new Rows();
    List<Row> batch = new ArrayList<>();
    for (int i = 0; i < rowCount; i++) {
      batch.add(rows.next(4, 0));
    }
    return run(batch);
  }

  private List<Row> run(List<Row> rows) {
    return run(rows, Suspects.none());
  }

  private List<Row> run(List<Row> rows, Suspects suspects) {
    EngineSlot slot =
        new EngineSlot(
            engine, new LaneGate(engine.device(), "m", 1, () -> {}), TestingModels.BATCHING);
    Batch batch = new Batch(rows, 4);
    rows.forEach(row -> row.place = Row.Place.RUNNING);
    new BatchRun(
            "0-0-7",
            null,
            slot,
            slot.started(batch, 0),
            batch,
            TestingModels.CLASSIFIER,
            () -> nowUs,
            completions::add,
            suspects)
        .run();
    return rows;
  }

  private Map<Integer, RowOutcome> ends() {
    Map<Integer, RowOutcome> ends = new HashMap<>();
    for (Completion completion : completions) {
      if (completion instanceof Completion.RowEnded ended) {
        assertThat(ends.put((int) ended.row().sequence() / 2, ended.outcome())).isNull();
      }
    }
    return ends;
  }

  private List<Completion.RowFailedForNow> failedForNow() {
    return completions.stream()
        .filter(Completion.RowFailedForNow.class::isInstance)
        .map(Completion.RowFailedForNow.class::cast)
        .toList();
  }

  private Completion.BatchEnded batchEnded() {
    return (Completion.BatchEnded) completions.get(completions.size() - 1);
  }

  @Test
  void answersEveryRowAndSaysHowItRan() {
    run(3);
    assertThat(ends()).hasSize(3);
    RowOutcome second = ends().get(1);
    assertThat(second.getOutput().getEmbedding(0)).isEqualTo(1);
    assertThat(second.getWindowUs()).isEqualTo(1_000);
    assertThat(second.getRun().getBatchId()).isEqualTo("0-0-7");
    assertThat(second.getRun().getBatchRows()).isEqualTo(3);
    assertThat(second.getRun().getTokens()).isEqualTo(4);
    assertThat(second.getRun().getPaddedTokens()).isEqualTo(12);
    assertThat(second.getRun().getFailure()).isEmpty();
    assertThat(batchEnded().clean()).isTrue();
    assertThat(batchEnded().fault()).isNull();
  }

  /** As text generation does, midway. */
  @Test
  void rowsWhoseTimeIsUpOnTheDeviceFailAndDoNotRunAgain() {
    engine.script(
        (rows, sink) -> {
          assertThat(rows).allMatch(row -> row.deadlineUs() == 0);
          sink.complete(1, ScriptedEngine.answer(rows.get(1)));
          throw failure(FailureCode.DEADLINE_EXCEEDED);
        });
    run(2);
    assertThat(ends().get(0).getError().getCode()).isEqualTo("DEADLINE_EXCEEDED");
    assertThat(ends().get(0).getError().getMessage()).contains("because");
    assertThat(ends().get(1).hasOutput()).isTrue();
    assertThat(failedForNow()).isEmpty();
    assertThat(batchEnded().fault()).isNull();
    assertThat(engine.rowsRun()).isEqualTo(2);
  }

  @Test
  void poisonRowFailsAlone() {
    engine.script(
        (rows, sink) -> {
          if (has(rows, 5)) {
            throw failure(FailureCode.MODEL_FAILURE);
          }
          ScriptedEngine.answerAll(rows, sink);
        });
    run(8);
    assertThat(ends()).hasSize(8);
    ends()
        .forEach(
            (row, outcome) -> {
              if (row == 5) {
                assertThat(outcome.getError().getCode()).isEqualTo("MODEL_FAILURE");
                assertThat(outcome.getError().getMessage()).contains("m", "because");
                assertThat(outcome.getRun().getFailure()).isEqualTo("MODEL_FAILURE");
                assertThat(outcome.getRun().getBatchRows()).isEqualTo(1);
                assertThat(outcome.getRun().getAttempts()).isEqualTo(4);
              } else {
                assertThat(outcome.getOutput().getEmbedding(0)).isEqualTo(row.floatValue());
              }
            });
    assertThat(batchEnded().splits()).isEqualTo(3);
    assertThat(batchEnded().clean()).isFalse();
    // Each run of a split batch has an id of its own.
    assertThat(ends().values().stream().map(outcome -> outcome.getRun().getBatchId()).distinct())
        .hasSize(4);
  }

  @Test
  void rowsAnsweredBeforeTheFailureKeepTheirAnswers() {
    engine.script(
        (rows, sink) -> {
          if (rows.size() > 1) {
            sink.complete(1, ScriptedEngine.answer(rows.get(1)));
            throw failure(FailureCode.MODEL_FAILURE);
          }
          ScriptedEngine.answerAll(rows, sink);
        });
    run(3);
    assertThat(ends()).hasSize(3).allSatisfy((row, end) -> assertThat(end.hasOutput()).isTrue());
    assertThat(engine.batchFirstTokens()).hasToString("[[0, 1, 2], [0], [2]]");
  }

  @Test
  void outOfMemoryHalvesUntilTheBatchFits() {
    engine.script(
        (rows, sink) -> {
          if (rows.size() > 2) {
            throw failure(FailureCode.DEVICE_OUT_OF_MEMORY);
          }
          ScriptedEngine.answerAll(rows, sink);
        });
    run(8);
    assertThat(ends()).hasSize(8).allSatisfy((row, end) -> assertThat(end.hasOutput()).isTrue());
    assertThat(engine.batchLengths().stream().map(List::size)).containsExactly(8, 4, 2, 2, 4, 2, 2);
  }

  @Test
  void rowThatDoesNotFitAloneIsLeftForAnotherAttempt() {
    engine.script(
        (rows, sink) -> {
          throw failure(FailureCode.DEVICE_OUT_OF_MEMORY);
        });
    run(2);
    assertThat(failedForNow()).hasSize(2);
    assertThat(failedForNow().get(0).code()).isEqualTo(FailureCode.DEVICE_OUT_OF_MEMORY);
    assertThat(failedForNow().get(0).run().getAttempts()).isEqualTo(2);
  }

  @Test
  void unavailableModelLeavesAllRowsForAnotherAttemptWithoutFurtherRuns() {
    engine.script(
        (rows, sink) -> {
          throw failure(
              rows.size() == 4 ? FailureCode.MODEL_FAILURE : FailureCode.MODEL_UNAVAILABLE);
        });
    run(4);
    assertThat(failedForNow()).hasSize(4);
    assertThat(engine.batchLengths()).hasSize(2);
    assertThat(batchEnded().fault()).isNull();
  }

  @Test
  void rowThatMakesJavaCodeThrowFailsAlone() {
    List<Throwable> thrown =
        List.of(new NullPointerException("no such token"), new StackOverflowError());
    for (Throwable fault : thrown) {
      completions.clear();
      engine.script(
          (rows, sink) -> {
            if (has(rows, 2) && fault instanceof Error error) {
              throw error;
            } else if (has(rows, 2)) {
              throw (RuntimeException) fault;
            }
            ScriptedEngine.answerAll(rows, sink);
          });
      run(4);
      assertThat(ends()).hasSize(4);
      ends().forEach((row, end) -> assertThat(end.hasError()).isEqualTo(row == 2));
      assertThat(ends().get(2).getError().getCode()).isEqualTo("INTERNAL");
      assertThat(ends().get(2).getError().getMessage())
          .contains("input 0", fault.getClass().getSimpleName());
      assertThat(batchEnded().fault()).isNull();
    }
  }

  @Test
  void suspectsRunAloneAndTheConvictedNotAtAll(@TempDir Path temporary) throws Exception {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      PreparedPrompt.Builder prompt = TestingPrompts.prompt("m", "k", "r" + i, i, 4).toBuilder();
      prompt.getOriginBuilder().getSourceBuilder().setOffset(i);
      int sequence = 2 * i;
      rows.add(PendingRequest.arriving(prompt.build(), 0, () -> sequence).row(0));
    }
    accuse(temporary, 0, rows.subList(2, 4));
    accuse(temporary, 1, rows.subList(3, 4));
    try (Suspects suspects = Suspects.open(temporary, "job", 2)) {
      run(rows, suspects);
    }
    assertThat(engine.batchFirstTokens()).hasToString("[[0, 1, 4], [2]]");
    assertThat(ends().get(3).getError().getCode()).isEqualTo("INTERNAL");
    assertThat(ends().get(3).getError().getMessage()).contains("the process ended each time");
    assertThat(ends()).hasSize(5);
    assertThat(batchEnded().clean()).isFalse();
  }

  private static void accuse(Path temporary, int attempt, List<Row> rows) throws Exception {
    long[] records =
        rows.stream()
            .mapToLong(row -> Suspects.id(row.request().prompt().getOrigin().getSource()))
            .toArray();
    try (Suspects suspects = Suspects.open(temporary, "job", attempt);
        Suspects.Hand hand = suspects.take(records)) {
      hand.failed(new OutOfMemoryError());
    }
  }

  @Test
  void rowThatTheEngineRefusesMidwayFailsWithItsCode() {
    engine.script(
        (rows, sink) -> {
          throw failure(FailureCode.INVALID_REQUEST);
        });
    run(1);
    assertThat(ends().get(0).getError().getCode()).isEqualTo("INVALID_REQUEST");
    assertThat(batchEnded().fault()).isNull();
  }

  @Test
  void faultsOfTheProcessAndBrokenContractsAreTheBatchsFault() {
    List<ScriptedEngine.Script> faults =
        List.of(
            (rows, sink) -> {
              throw new OutOfMemoryError("Java heap space");
            },
            (rows, sink) -> {
              throw new IllegalStateException("the decode thread failed", new LinkageError());
            },
            (rows, sink) -> {
              throw new RejectedExecutionException("the model is closed");
            },
            (rows, sink) -> {},
            (rows, sink) -> {
              sink.complete(0, Output.getDefaultInstance());
              sink.complete(0, Output.getDefaultInstance());
              throw failure(FailureCode.MODEL_FAILURE);
            },
            (rows, sink) -> sink.complete(2, Output.getDefaultInstance()));
    for (ScriptedEngine.Script fault : faults) {
      completions.clear();
      engine.script(fault);
      run(2);
      assertThat(batchEnded().fault()).isNotNull();
    }
  }

  @Test
  void lateRowsTakeNoPartInASecondRun() {
    engine.script(
        (rows, sink) -> {
          if (rows.size() > 1) {
            nowUs = 5_000;
            throw failure(FailureCode.MODEL_FAILURE);
          }
          ScriptedEngine.answerAll(rows, sink);
        });
    Row late =
        PendingRequest.arriving(
                TestingPrompts.withDeadline(TestingPrompts.prompt("m", "k", "late", 9, 4), 3),
                0,
                () -> 8)
            .row(0);
    run(List.of(new Rows().next(4, 0), late));
    assertThat(ends().get(0).hasOutput()).isTrue();
    assertThat(ends().get(4).getError().getCode()).isEqualTo("DEADLINE_EXCEEDED");
    assertThat(engine.batchFirstTokens()).hasToString("[[0, 9], [0]]");
  }

  /** Whatever goes wrong, each row is reported once; only poison rows fail, and no neighbour. */
  @Property(tries = 300)
  void everyRowIsReportedOnce(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int rowCount) {
    completions.clear();
    Random random = new Random(seed);
    Set<Integer> poison = new HashSet<>();
    for (int i = 0; i < rowCount; i++) {
      if (random.nextInt(8) == 0) {
        poison.add(i);
      }
    }
    FailureCode[] codes = {FailureCode.MODEL_FAILURE, FailureCode.DEVICE_OUT_OF_MEMORY};
    int fits = 1 + random.nextInt(rowCount);
    engine.script(
        (rows, sink) -> {
          for (int i = 0; i < rows.size(); i++) {
            if (poison.contains(rows.get(i).tokens()[0])) {
              throw failure(FailureCode.MODEL_FAILURE);
            }
            if (rows.size() > fits && i > random.nextInt(rows.size())) {
              throw failure(codes[random.nextInt(2)]);
            }
            sink.complete(i, ScriptedEngine.answer(rows.get(i)));
          }
        });
    run(rowCount);
    Map<Integer, RowOutcome> ends = ends();
    assertThat(ends).hasSize(rowCount);
    ends.forEach((row, outcome) -> assertThat(outcome.hasError()).isEqualTo(poison.contains(row)));
    assertThat(completions).hasSize(rowCount + 1);
  }
}
