package org.openautoglm.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.openautoglm.operators.testing.TestingModels;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.RowOutcome;

class MicroBatchWindowTest {
  @Test
  void firstRowRunsAtOnceAndTheRestGatherWhileTheDeviceIsBusy() throws Exception {
    try (WindowHarness window =
        WindowHarness.of(TestingModels.model("m", TestingModels.BATCHING)).open()) {
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
    try (WindowHarness window =
        WindowHarness.of(TestingModels.model("m", TestingModels.BATCHING)).open()) {
      // Lengths so far apart that no two share a batch.
      window.send("m", "three", 10, 5, 100, 400);
      window.send("m", "one", 20, 5);
      window.runBatch();
      assertThat(window.answeredIds()).isEmpty();
      window.runAllBatches();
      assertThat(window.answeredIds()).containsExactlyInAnyOrder("three", "one");
      AnsweredPrompt three =
          window.answers().stream()
              .filter(answer -> answer.getPrompt().getRequest().getRequestId().equals("three"))
              .findAny()
              .orElseThrow();
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
}
