package org.openautoglm.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.tasks.mailbox.Mail;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.BatchingSpec.Policy;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.WaitingSpec;
import org.openautoglm.operators.inference.WaitingSpec.Overload;
import org.openautoglm.operators.testing.TestingModels;
import org.openautoglm.operators.testing.TestingPrompts;
import org.openautoglm.schemas.flow.PreparedPrompt;
import org.openautoglm.schemas.flow.RowOutcome;

/** What happens to prompts for which the pool has no room. */
class SpillTest {
  private static final int POOL = 4;
  private static final ModelSpec MODEL = model("m", 1, WaitingSpec.STANDARD);

  private static ModelSpec model(String name, int shards, WaitingSpec waiting) {
    return TestingModels.model(
        name,
        shards,
        new BatchingSpec(2, 1_024, 0, POOL, Policy.FIRST_COME_FIRST_SERVED, 100).with(waiting));
  }

  private static ModelSpec bounded(long maxSpilledRows, Overload overload) {
    return model("m", 1, new WaitingSpec(1 << 20, maxSpilledRows, 1 << 20, overload));
  }

  private static List<String> ids(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "r" + i).toList();
  }

  private static void send(WindowHarness window, int from, int to) throws Exception {
    for (int i = from; i < to; i++) {
      window.send("m", "r" + i, i, 5);
    }
  }

  private static List<StateBackend> backends() {
    return WindowRestoreTest.backends();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void whatFindsNoRoomWaitsInStateAndComesBackInOrder(StateBackend backend) throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL).backend(backend).open()) {
      send(window, 0, 50);
      assertThat(window.rowsWaiting("m")).isEqualTo(POOL);
      assertThat(window.rowsSpilled("m")).isEqualTo(50 - POOL - 1);
      assertThat(window.keysInState()).isPositive();
      window.assertConservation("m");
      window.runAllBatches();
      assertThat(window.answeredIds()).isEqualTo(ids(0, 50));
      assertThat(window.rowsSpilled("m")).isZero();
      window.flink.snapshot(1, 1);
      assertThat(window.keysInState()).isZero();
    }
  }

  @Test
  void promptsOfTheFollowingAreNotOvertakenByNewOnes() throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL).open()) {
      send(window, 0, 10);
      for (int i = 10; i < 40; i++) {
        window.runBatch();
        send(window, i, i + 1);
      }
      window.runAllBatches();
      assertThat(window.answeredIds()).isEqualTo(ids(0, 40));
    }
  }

  @Test
  void poolWithoutAFullHouseWritesNothingUntilASnapshotFindsItUnfinished() throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL).open()) {
      send(window, 0, POOL + 1);
      assertThat(window.keysInState()).isZero();
      window.runAllBatches();
      assertThat(window.keysInState()).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void everyPromptIsWrittenOnceHoweverManySnapshotsFindIt(StateBackend backend) throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL).backend(backend).open()) {
      send(window, 0, 30);
      OperatorSubtaskState state = null;
      for (int checkpoint = 1; checkpoint <= 5; checkpoint++) {
        window.runBatch();
        state = window.flink.snapshot(checkpoint, checkpoint);
      }
      List<String> answered = window.answeredIds();
      try (WindowHarness restored = WindowHarness.of(MODEL).backend(backend).open(state)) {
        assertThat(restored.rowsWaiting("m")).isEqualTo(POOL);
        restored.assertConservation("m");
        send(restored, 30, 40);
        restored.runAllBatches();
        assertThat(restored.answeredIds()).isEqualTo(ids(answered.size(), 40));
        restored.assertConservation("m");
        restored.flink.snapshot(9, 9);
        assertThat(restored.keysInState()).isZero();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void deadlinesOfPromptsInStateAreKeptAlsoAcrossARestore(StateBackend backend) throws Exception {
    OperatorSubtaskState state;
    try (WindowHarness window = WindowHarness.of(MODEL).backend(backend).open()) {
      send(window, 0, 10);
      for (int i = 10; i < 40; i++) {
        PreparedPrompt prompt =
            TestingPrompts.prompt("m", window.keys.keyFor("m", 0), "r" + i, i, 5);
        window.send(TestingPrompts.withDeadline(prompt, i % 2 == 0 ? 20 : 60));
      }
      window.flink.setProcessingTime(30);
      assertThat(window.answeredIds())
          .hasSize(15)
          .allMatch(id -> Integer.parseInt(id.substring(1)) % 2 == 0);
      window.assertConservation("m");
      state = window.flink.snapshot(1, 1);
    }
    try (WindowHarness window = WindowHarness.of(MODEL).backend(backend)) {
      window.flink.setProcessingTime(40);
      window.open(state);
      assertThat(window.answers()).isEmpty();
      window.flink.setProcessingTime(70);
      assertThat(window.answeredIds())
          .containsExactlyInAnyOrderElementsOf(
              IntStream.range(10, 40).filter(i -> i % 2 == 1).mapToObj(i -> "r" + i).toList());
      assertThat(window.answer("r11").getOutcomes(0).getError().getCode())
          .isEqualTo("DEADLINE_EXCEEDED");
      window.runAllBatches();
      assertThat(window.answers()).hasSize(15 + 10);
      window.assertConservation("m");
    }
  }

  @Test
  void requestWithMoreRowsThanThePoolHoldsHasItsTurnAlone() throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL).open()) {
      send(window, 0, 8);
      window.send("m", "large", 100, 5, 5, 5, 5, 5, 5, 5, 5, 5);
      send(window, 8, 12);
      window.runAllBatches();
      assertThat(window.answeredIds()).hasSize(13).contains("large");
    }
  }

  @Test
  void heapIsBoundedInBytes() throws Exception {
    ModelSpec model = model("m", 1, new WaitingSpec(3_000, 1_000, 1 << 20, Overload.BLOCK));
    try (WindowHarness window = WindowHarness.of(model).open()) {
      for (int i = 0; i < 10; i++) {
        window.send("m", "r" + i, i, 256);
      }
      assertThat(window.rowsWaiting("m")).isEqualTo(1);
      assertThat(window.rowsSpilled("m")).isEqualTo(8);
      window.runAllBatches();
      assertThat(window.answeredIds()).isEqualTo(ids(0, 10));
    }
  }

  /** Its way through the state would only slow it down. */
  @Test
  void windowThatIsQuickIsWaitedFor() throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL).open()) {
      for (int i = 0; i < 400; i++) {
        send(window, i, i + 1);
        window.runBatch();
      }
      send(window, 400, 401);
      window.flink.setProcessingTime(100);
      window.runBatch();
      send(window, 401, 401 + 1 + POOL);
      for (int i = 401 + 1 + POOL; i < 500; i++) {
        window.runBatchInMail();
        send(window, i, i + 1);
        assertThat(window.rowsSpilled("m")).isZero();
      }
      window.runAllBatches();
      assertThat(window.answeredIds()).isEqualTo(ids(0, 500));
      assertThat(window.keysInState()).isZero();
    }
  }

  @Test
  void beyondTheBoundTheOperatorPushesBack() throws Exception {
    try (WindowHarness window = WindowHarness.of(bounded(3, Overload.BLOCK)).open()) {
      send(window, 0, 1 + POOL + 3);
      for (int i = 1 + POOL + 3; i < 60; i++) {
        window.runBatchInMail();
        send(window, i, i + 1);
        assertThat(window.rowsSpilled("m")).isLessThanOrEqualTo(3);
      }
      window.runAllBatches();
      assertThat(window.answeredIds()).isEqualTo(ids(0, 60));
    }
  }

  @Test
  void beyondTheBoundPromptsAreRefusedAtOnceAndSayHowLongToWait() throws Exception {
    try (WindowHarness window = WindowHarness.of(bounded(3, Overload.REFUSE)).open()) {
      send(window, 0, 20);
      int taken = 1 + POOL + 3;
      assertThat(window.answeredIds()).isEqualTo(ids(taken, 20));
      RowOutcome refused = window.answer("r19").getOutcomes(0);
      assertThat(refused.getError().getCode()).isEqualTo("OVERLOADED");
      assertThat(refused.getError().getRetryable()).isTrue();
      assertThat(refused.getError().getRetryAfterMs()).isPositive();
      assertThat(refused.hasRun()).isFalse();
      window.assertConservation("m");
      window.runAllBatches();
      assertThat(window.answers()).hasSize(20);
      send(window, 20, 21);
      window.runAllBatches();
      assertThat(window.answer("r20").getOutcomes(0).hasOutput()).isTrue();
    }
  }

  /** Flink takes none then; see the operator. Were one taken, nothing would be lost. */
  @Test
  void snapshotWhileAPromptIsInHandHoldsIt() throws Exception {
    ModelSpec model = bounded(3, Overload.BLOCK);
    List<OperatorSubtaskState> states = new ArrayList<>();
    try (WindowHarness window = WindowHarness.of(model).open()) {
      send(window, 0, 1 + POOL + 3);
      window
          .flink
          .getTaskMailbox()
          .put(
              new Mail(
                  () -> states.add(window.flink.snapshot(1, 1)),
                  TaskMailbox.MAX_PRIORITY,
                  "a snapshot"));
      send(window, 8, 9);
      window.runAllBatches();
      assertThat(window.answeredIds()).isEqualTo(ids(0, 9));
    }
    try (WindowHarness window = WindowHarness.of(model).open(states.get(0))) {
      window.runAllBatches();
      assertThat(window.answeredIds()).isEqualTo(ids(0, 9));
    }
  }

  @Test
  void watermarksWaitForPromptsInState() throws Exception {
    try (WindowHarness window = WindowHarness.of(MODEL).open()) {
      send(window, 0, 10);
      window.flink.processWatermark(new Watermark(1));
      send(window, 10, 20);
      window.flink.processWatermark(new Watermark(2));
      send(window, 20, 21);
      window.runAllBatches();
      List<Object> output = List.copyOf(window.flink.getOutput());
      assertThat(output.indexOf(new Watermark(1))).isEqualTo(10);
      assertThat(output.indexOf(new Watermark(2))).isEqualTo(21);
    }
  }

  @Test
  void endOfInputDrainsTheState() throws Exception {
    try (WindowHarness window = new WindowHarness(List.of(MODEL), 1, 0, 1, Runnable::run).open()) {
      window.engine.script(
          (rows, sink) -> org.openautoglm.operators.testing.ScriptedEngine.answerAll(rows, sink));
      send(window, 0, 10);
      window.flink.endInput();
      assertThat(window.answeredIds()).isEqualTo(ids(0, 10));
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void promptsOfALostModelAreRefusedAndForgotten(StateBackend backend) throws Exception {
    ModelSpec other = model("n", 1, WaitingSpec.STANDARD);
    OperatorSubtaskState state;
    try (WindowHarness window = WindowHarness.of(MODEL, other).backend(backend).open()) {
      send(window, 0, 600);
      state = window.flink.snapshot(1, 1);
    }
    OperatorSubtaskState midway;
    List<String> refused = new ArrayList<>();
    try (WindowHarness window = WindowHarness.of(other).backend(backend).open(state)) {
      assertThat(window.answers().size()).isBetween(1, 599);
      assertThat(window.answers().get(0).getOutcomes(0).getError().getCode())
          .isEqualTo("UNKNOWN_MODEL");
      refused.addAll(window.answeredIds());
      midway = window.flink.snapshot(2, 2);
    }
    try (WindowHarness window = WindowHarness.of(other).backend(backend).open(midway)) {
      for (int ms = 1; ms < 10; ms++) {
        window.flink.setProcessingTime(ms);
      }
      refused.addAll(window.answeredIds());
      window.flink.snapshot(3, 3);
      assertThat(window.keysInState()).isZero();
    }
    assertThat(refused).isEqualTo(ids(0, 600));
  }

  @Test
  void spillFollowsItsKeysWhenTheJobIsRescaled() throws Exception {
    StateBackend backend = new EmbeddedRocksDBStateBackend();
    List<ModelSpec> models = List.of(model("m", 6, WaitingSpec.STANDARD));
    OperatorSubtaskState one;
    List<String> answered = new ArrayList<>();
    Random random = new Random(1);
    try (WindowHarness window = new WindowHarness(models, 1, 0, 1, null).backend(backend).open()) {
      for (int i = 0; i < 300; i++) {
        window.send(
            TestingPrompts.prompt(
                "m", window.keys.keyFor("m", i), "r" + i, i, 1 + random.nextInt(9)));
      }
      window.runBatch();
      answered.addAll(window.answeredIds());
      one = window.flink.snapshot(1, 1);
    }
    for (int subtask = 0; subtask < 2; subtask++) {
      OperatorSubtaskState share =
          AbstractStreamOperatorTestHarness.repartitionOperatorState(
              one, WindowHarness.MAX_PARALLELISM, 1, 2, subtask);
      try (WindowHarness window =
          new WindowHarness(models, 2, subtask, 1, null).backend(backend).open(share)) {
        window.runAllBatches();
        answered.addAll(window.answeredIds());
        window.assertConservation("m");
      }
    }
    assertThat(answered).containsExactlyInAnyOrderElementsOf(ids(0, 300));
  }
}
