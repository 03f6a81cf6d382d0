package org.openautoglm.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.BatchingSpec.Policy;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.Tokens;
import org.openautoglm.operators.inference.WaitingSpec;
import org.openautoglm.operators.inference.WaitingSpec.Overload;
import org.openautoglm.operators.testing.ScriptedEngine;
import org.openautoglm.operators.testing.TestingModels;
import org.openautoglm.operators.testing.TestingModels.CodedException;
import org.openautoglm.operators.testing.TestingPrompts;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.PreparedPrompt;
import org.openautoglm.schemas.flow.RowOutcome;

/**
 * The law, through any history: requests of any shape, failures of any kind, time, checkpoints and
 * crashes. What counts is what a reader of committed records sees: the output before each
 * checkpoint, and after the last one all of it.
 */
class WindowPropertiesTest {
  private static final int POISON = 1_000_000;

  @Property(tries = 300)
  void everyRequestIsAnsweredOnceAndRightly(@ForAll Policy policy, @ForAll long seed)
      throws Exception {
    try (History history = new History(policy, new Random(seed))) {
      for (int step = 0; step < 120; step++) {
        history.step();
      }
      history.finish();
      history.assertLaw();
    }
  }

  /** One history, and what must come of it. */
  private static final class History implements AutoCloseable {
    private final Random random;
    private final List<ModelSpec> models;
    private final List<PreparedPrompt> sent = new ArrayList<>();
    private final List<AnsweredPrompt> committed = new ArrayList<>();
    private final int maxRows;
    private final int maxPaddedTokens;
    private WindowHarness window;
    private OperatorSubtaskState checkpoint;
    private int sentAtCheckpoint;
    private int committedFromThisAttempt;
    private long timeMs;
    private long checkpoints;

    History(Policy policy, Random random) throws Exception {
      this.random = random;
      this.maxRows = 1 + random.nextInt(8);
      this.maxPaddedTokens = 1 + random.nextInt(600);
      long lingerMs = random.nextInt(3) == 0 ? random.nextInt(30) : 0;
      // Often so little room that most prompts go through the state.
      int maxWaitingRows = random.nextInt(3) == 0 ? 1_000 : 1 + random.nextInt(12);
      BatchingSpec batching =
          new BatchingSpec(maxRows, maxPaddedTokens, lingerMs, maxWaitingRows, policy, 50)
              .with(waiting(random));
      models = List.of(TestingModels.model("m", 2, batching), TestingModels.model("n", batching));
      start();
    }

    private static WaitingSpec waiting(Random random) {
      return switch (random.nextInt(3)) {
        case 0 -> WaitingSpec.STANDARD;
        case 1 -> new WaitingSpec(200 + random.nextInt(2_000), 1_000, 1 << 20, Overload.BLOCK);
        default -> new WaitingSpec(500, random.nextInt(20), 2_000, Overload.REFUSE);
      };
    }

    private void start() throws Exception {
      window = new WindowHarness(models, 1, 0, 1 + random.nextInt(3), null);
      window.engine.script(this::runBatch);
      window.flink.setProcessingTime(timeMs);
      committedFromThisAttempt = 0;
      if (checkpoint == null) {
        window.open();
      } else {
        window.open(checkpoint);
      }
    }

    private void runBatch(List<EngineRow> rows, InferenceEngine.RowSink sink) throws Exception {
      int longest = rows.stream().mapToInt(row -> Math.max(1, row.tokens().length)).max().orElse(0);
      assertThat(rows.size()).isBetween(1, maxRows);
      assertThat(rows.size() == 1 || longest * rows.size() <= maxPaddedTokens).isTrue();
      for (int i = 0; i < rows.size(); i++) {
        EngineRow row = rows.get(i);
        if (row.tokens().length > 0 && row.tokens()[0] >= POISON) {
          throw new CodedException(FailureCode.MODEL_FAILURE, "poison");
        }
        switch (random.nextInt(40)) {
          case 0 -> throw new CodedException(FailureCode.MODEL_UNAVAILABLE, "not now");
          case 1 -> throw new CodedException(FailureCode.DEVICE_OUT_OF_MEMORY, "too much");
          default -> sink.complete(i, ScriptedEngine.answer(row));
        }
      }
    }

    void step() throws Exception {
      switch (random.nextInt(12)) {
        case 0, 1, 2, 3 -> send(prompt());
        case 4, 5 -> window.lanes.runNext();
        case 6 -> window.lanes.runLast();
        case 7, 8 -> window.openMails();
        case 9 -> {
          timeMs += random.nextInt(20);
          window.flink.setProcessingTime(timeMs);
        }
        case 10 -> checkpoint();
        default -> {
          if (random.nextInt(4) == 0) {
            crash();
          }
        }
      }
      window.assertConservation("m");
      window.assertConservation("n");
    }

    private PreparedPrompt prompt() {
      boolean first = random.nextBoolean();
      String key = first ? window.keys.keyFor("m", random.nextInt(2)) : window.keys.keyFor("n", 0);
      int[] lengths =
          IntStream.range(0, 1 + random.nextInt(4)).map(i -> random.nextInt(200)).toArray();
      int number = sent.size();
      int token = (random.nextInt(10) == 0 ? POISON : 0) + 10 * number;
      PreparedPrompt prompt =
          TestingPrompts.prompt(first ? "m" : "n", key, "r" + number, token, lengths);
      if (random.nextInt(8) == 0) {
        prompt = TestingPrompts.withRefusedRow(prompt, lengths.length);
      }
      return random.nextInt(4) == 0
          ? TestingPrompts.withDeadline(prompt, Math.max(1, timeMs + random.nextInt(60) - 5))
          : prompt;
    }

    private void send(PreparedPrompt prompt) throws Exception {
      sent.add(prompt);
      window.send(prompt);
    }

    private void checkpoint() throws Exception {
      window.flink.prepareSnapshotPreBarrier(++checkpoints);
      commit();
      checkpoint = window.flink.snapshot(checkpoints, timeMs);
      sentAtCheckpoint = sent.size();
    }

    private void commit() {
      List<AnsweredPrompt> answers = window.answers();
      committed.addAll(answers.subList(committedFromThisAttempt, answers.size()));
      committedFromThisAttempt = answers.size();
    }

    private void crash() throws Exception {
      window.close();
      start();
      for (PreparedPrompt replayed : sent.subList(sentAtCheckpoint, sent.size())) {
        window.send(replayed);
      }
    }

    void finish() throws Exception {
      for (int round = 0; round < 400; round++) {
        if (window.unfinished("m") + window.unfinished("n") == 0) {
          break;
        }
        window.runAllBatches();
        timeMs += 20;
        window.flink.setProcessingTime(timeMs);
      }
      commit();
    }

    void assertLaw() {
      assertThat(committed.stream().map(answer -> answer.getPrompt().getRequest().getRequestId()))
          .containsExactlyInAnyOrderElementsOf(
              sent.stream().map(prompt -> prompt.getRequest().getRequestId()).toList());
      for (AnsweredPrompt answer : committed) {
        PreparedPrompt prompt = answer.getPrompt();
        assertThat(answer.getOutcomesCount()).isEqualTo(prompt.getRowsCount());
        for (int i = 0; i < answer.getOutcomesCount(); i++) {
          assertOutcome(prompt, i, answer.getOutcomes(i));
        }
      }
    }

    private static void assertOutcome(PreparedPrompt prompt, int i, RowOutcome outcome) {
      assertThat(outcome.getIndex()).isEqualTo(i);
      if (outcome.hasOutput()) {
        assertThat(outcome.getOutput().getEmbeddingList())
            .isEqualTo(
                Arrays.stream(Tokens.unpack(prompt.getRows(i).getTokens()))
                    .mapToObj(token -> (float) token)
                    .toList());
      } else if (prompt.getRows(i).hasError()) {
        assertThat(outcome.getError()).isEqualTo(prompt.getRows(i).getError());
      } else {
        boolean poison =
            !prompt.getRows(i).getTokens().isEmpty()
                && Tokens.unpack(prompt.getRows(i).getTokens())[0] >= POISON;
        assertThat(outcome.getError().getCode())
            .isIn(
                poison ? "MODEL_FAILURE" : "MODEL_UNAVAILABLE",
                "MODEL_UNAVAILABLE",
                "DEVICE_OUT_OF_MEMORY",
                "DEADLINE_EXCEEDED",
                "OVERLOADED");
      }
    }

    @Override
    public void close() {
      window.close();
    }
  }
}
