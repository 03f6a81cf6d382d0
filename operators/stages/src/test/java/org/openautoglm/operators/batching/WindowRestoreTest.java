package org.openautoglm.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.testing.TestingModels;
import org.openautoglm.operators.testing.TestingModels.CodedException;
import org.openautoglm.operators.testing.TestingPrompts;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.RowOutcome;

class WindowRestoreTest {
  private static final ModelSpec MODEL = TestingModels.model("m", TestingModels.BATCHING);
  private static final List<ModelSpec> SHARDED =
      List.of(TestingModels.model("m", 6, TestingModels.BATCHING));

  static List<StateBackend> backends() {
    return List.of(new HashMapStateBackend(), new EmbeddedRocksDBStateBackend());
  }

  @ParameterizedTest
  @MethodSource("backends")
  void whatIsNotAnsweredRunsAfterTheRestore(StateBackend backend) throws Exception {
    OperatorSubtaskState state;
    try (WindowHarness window = WindowHarness.of(MODEL).backend(backend).open()) {
      window.send("m", "answered", 1, 5);
      window.runBatch();
      // Three rows of which one ends, one runs and one waits at the snapshot.
      window.send("m", "mixed", 10, 5, 100, 400);
      window.runBatch();
      window.send("m", "waiting", 20, 5);
      assertThat(window.lanes.size()).isEqualTo(1);
      state = window.flink.snapshot(1, 1);
    }
    try (WindowHarness window = WindowHarness.of(MODEL).backend(backend).open(state)) {
      window.assertConservation("m");
      assertThat(window.metrics("m").requestsRestored.getCount()).isEqualTo(2);
      window.send("m", "new", 30, 5);
      window.runAllBatches();
      assertThat(window.answeredIds()).containsExactlyInAnyOrder("mixed", "waiting", "new");
      List<RowOutcome> mixed = window.answer("mixed").getOutcomesList();
      assertThat(IntStream.range(0, 3).mapToObj(i -> mixed.get(i).getOutput().getEmbedding(0)))
          .containsExactly(10f, 11f, 12f);
      // The row that had ended did not run again.
      assertThat(window.engine.rowsRun()).isEqualTo(4);
      assertThat(window.engine.batchFirstTokens()).noneMatch(tokens -> tokens.contains(10));
      window.assertConservation("m");
    }
  }

  @Test
  void restoredRequestsComeBeforeNewOnesAndKeepTheirDeadlinesAndAttempts() throws Exception {
    OperatorSubtaskState state;
    try (WindowHarness window = WindowHarness.of(MODEL).open()) {
      window.engine.script(
          (rows, sink) -> {
            throw new CodedException(FailureCode.MODEL_UNAVAILABLE, "because");
          });
      window.send("m", "retried", 1, 5);
      window.runBatch();
      window.flink.setProcessingTime(10);
      window.runBatch();
      window.send(
          TestingPrompts.withDeadline(
              TestingPrompts.prompt("m", window.keys.keyFor("m", 0), "late", 2, 300), 15));
      state = window.flink.snapshot(1, 1);
    }
    try (WindowHarness window = WindowHarness.of(MODEL)) {
      window.engine.script(
          (rows, sink) -> {
            throw new CodedException(FailureCode.MODEL_UNAVAILABLE, "because");
          });
      window.flink.setProcessingTime(20);
      window.open(state);
      assertThat(window.answer("late").getOutcomes(0).getError().getCode())
          .isEqualTo("DEADLINE_EXCEEDED");
      window.runBatch();
      // The third of three attempts, two of them before the restore.
      assertThat(window.answer("retried").getOutcomes(0).getRun().getAttempts()).isEqualTo(3);
      assertThat(window.answer("retried").getOutcomes(0).getError().getCode())
          .isEqualTo("MODEL_UNAVAILABLE");
    }
  }

  @Test
  void stateHoldsOnlyWhatIsUnfinishedAndForgetsEmptyKeys() throws Exception {
    List<ModelSpec> models = List.of(MODEL, TestingModels.model("n", TestingModels.BATCHING));
    try (WindowHarness window = new WindowHarness(models, 1, 0, 1, null).open()) {
      window.flink.snapshot(1, 1);
      assertThat(window.flink.numKeyedStateEntries()).isZero();
      window.send("m", "a", 1, 5);
      window.send("n", "b", 2, 5);
      assertThat(window.flink.numKeyedStateEntries()).isZero();
      window.flink.snapshot(2, 2);
      // The prompts of each key, and the line that names them.
      assertThat(window.flink.numKeyedStateEntries()).isEqualTo(4);
      window.runBatch();
      window.flink.snapshot(3, 3);
      assertThat(window.flink.numKeyedStateEntries()).isEqualTo(2);
      window.runAllBatches();
      OperatorSubtaskState state = window.flink.snapshot(4, 4);
      assertThat(window.flink.numKeyedStateEntries()).isZero();
      try (WindowHarness restored = new WindowHarness(models, 1, 0, 1, null).open(state)) {
        assertThat(restored.lanes.size()).isZero();
      }
    }
  }

  @Test
  void keysOfTheRestoredStateAreForgottenTooOnceEmpty() throws Exception {
    OperatorSubtaskState state;
    try (WindowHarness window = WindowHarness.of(MODEL).open()) {
      window.send("m", "a", 1, 5);
      state = window.flink.snapshot(1, 1);
    }
    try (WindowHarness window = WindowHarness.of(MODEL).open(state)) {
      window.runAllBatches();
      window.flink.snapshot(2, 2);
      assertThat(window.flink.numKeyedStateEntries()).isZero();
    }
  }

  @Test
  void answersThatAreReadyGoOutAheadOfTheBarrier() throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL).open()) {
      window.send("m", "a", 1, 5);
      window.lanes.runNext();
      window.flink.prepareSnapshotPreBarrier(1);
      assertThat(window.answeredIds()).containsExactly("a");
      window.flink.snapshot(1, 1);
      assertThat(window.flink.numKeyedStateEntries()).isZero();
      window.openMails();
      assertThat(window.answeredIds()).containsExactly("a");
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void stateFollowsItsKeysFromOneSubtaskToTwoAndBack(StateBackend backend) throws Exception {
    List<String> answered = new ArrayList<>();
    OperatorSubtaskState one;
    try (WindowHarness window = new WindowHarness(SHARDED, 1, 0, 1, null).backend(backend).open()) {
      for (int i = 0; i < 60; i++) {
        window.send(
            TestingPrompts.prompt("m", window.keys.keyFor("m", i), "r" + i, i, 5 + i % 7, 90));
      }
      window.runBatch();
      one = window.flink.snapshot(1, 1);
      answered.addAll(window.answeredIds());
    }
    List<OperatorSubtaskState> two = new ArrayList<>();
    for (int subtask = 0; subtask < 2; subtask++) {
      OperatorSubtaskState share =
          AbstractStreamOperatorTestHarness.repartitionOperatorState(
              one, WindowHarness.MAX_PARALLELISM, 1, 2, subtask);
      try (WindowHarness window =
          new WindowHarness(SHARDED, 2, subtask, 1, null).backend(backend).open(share)) {
        assertThat(window.lanes.size()).isEqualTo(1);
        window.runBatch();
        window.runBatch();
        two.add(window.flink.snapshot(2, 2));
        answered.addAll(window.answeredIds());
      }
    }
    assertThat(answered).hasSizeLessThan(60);
    OperatorSubtaskState merged =
        AbstractStreamOperatorTestHarness.repackageState(two.toArray(OperatorSubtaskState[]::new));
    OperatorSubtaskState back =
        AbstractStreamOperatorTestHarness.repartitionOperatorState(
            merged, WindowHarness.MAX_PARALLELISM, 2, 1, 0);
    try (WindowHarness window =
        new WindowHarness(SHARDED, 1, 0, 1, null).backend(backend).open(back)) {
      window.runAllBatches();
      answered.addAll(window.answeredIds());
      window.assertConservation("m");
    }
    assertThat(answered)
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, 60).mapToObj(i -> "r" + i).toList());
  }
}
