package org.openautoglm.operators.inference.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.inference.generation.sampling.SamplingSettings;

class GenerationsTest {
  private static final GenerationModel MODEL =
      new GenerationModel(List.of(0), ContinuousBatchTest::letters);

  @Test
  void answersManyThreadsOnTwoDecoders() throws Exception {
    List<ScriptedDecoder> decoders = List.of(hashing(3), hashing(4));
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (Generations generations = generations(decoders, 1_000)) {
      assertThat(generations.slots()).isEqualTo(7);
      assertThat(generations.cacheBytes()).isEqualTo(7 * 64 * 8);
      List<Future<Generation>> answers = new ArrayList<>();
      for (int i = 0; i < 600; i++) {
        GenerationRequest request = request(1 + i % 13, 2 + i % 90, 3, 4);
        answers.add(threads.submit(() -> generations.generate(request)));
      }
      for (int i = 0; i < answers.size(); i++) {
        Generation alone = answers.get(i % 1_170).get();
        assertThat(answers.get(i).get().tokens()).isEqualTo(alone.tokens());
        assertThat(answers.get(i).get().completionTokens()).isBetween(1, 13);
      }
      await().until(() -> generations.slotsTaken() == 0 && generations.waiting() == 0);
      assertThat(generations.counters().finished()).isEqualTo(600);
    } finally {
      threads.shutdown();
    }
    assertThat(decoders).allMatch(decoder -> decoder.closed && decoder.used() == 0);
    assertThat(decoders).allMatch(decoder -> !decoder.calls.isEmpty());
  }

  @Test
  void fillsDecodersEvenlyAndLetsTheRestWaitInOrder() {
    Gate gate = new Gate();
    List<ScriptedDecoder> decoders = List.of(gated(2, gate), gated(2, gate));
    try (Generations generations = generations(decoders, 2)) {
      List<CompletableFuture<Generation>> answers = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        answers.add(generations.submit(request(1, 5)));
      }
      assertThat(generations.slotsTaken()).isEqualTo(4);
      assertThat(generations.waiting()).isEqualTo(2);
      assertThatThrownBy(() -> generations.submit(request(1, 5)))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessageContaining("2 generations wait");
      gate.open();
      assertThat(answers.stream().map(CompletableFuture::join)).hasSize(6);
    }
    for (ScriptedDecoder decoder : decoders) {
      assertThat(rowsOf(decoder)).isGreaterThanOrEqualTo(2);
    }
  }

  @Test
  void lateRowsEndWhileTheyWait() {
    Gate gate = new Gate();
    long[] now = {0};
    ScriptedDecoder decoder = gated(1, gate);
    GenerationSettings settings = new GenerationSettings(16, 10);
    try (Generations generations =
        new Generations("t", List.of(decoder), MODEL, settings, () -> now[0])) {
      CompletableFuture<Generation> running = generations.submit(request(20, 5));
      CompletableFuture<Generation> late =
          generations.submit(
              new GenerationRequest(new int[] {5}, 5, SamplingSettings.GREEDY, List.of(), 50));
      CompletableFuture<Generation> unwanted = generations.submit(request(20, 5));
      unwanted.cancel(false);
      now[0] = 50;
      gate.open();
      assertThatThrownBy(late::get)
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(DeadlineExceededException.class);
      assertThat(running.join().completionTokens()).isEqualTo(20);
      await().until(() -> generations.slotsTaken() == 0 && generations.waiting() == 0);
    }
    assertThat(rowsOf(decoder)).isEqualTo(1);
  }

  @Test
  void closingEndsEverythingOnce() {
    Gate gate = new Gate();
    ScriptedDecoder decoder = gated(2, gate);
    Generations generations = generations(List.of(decoder), 10);
    List<CompletableFuture<Generation>> answers =
        Stream.generate(() -> generations.submit(request(50, 5))).limit(5).toList();
    CompletableFuture<Void> closing = CompletableFuture.runAsync(generations::close);
    await()
        .until(answers.get(4)::isDone); // It waits for a slot, so only closing can have ended it.
    gate.open();
    closing.join();
    assertThat(answers).allMatch(CompletableFuture::isDone);
    assertThat(answers.get(4)).isCompletedExceptionally();
    assertThatThrownBy(answers.get(4)::join).isInstanceOf(CancellationException.class);
    assertThat(decoder.closed).isTrue();
    assertThatThrownBy(() -> generations.submit(request(1, 5)))
        .isInstanceOf(RejectedExecutionException.class);
    generations.close();
  }

  @Test
  void anErrorEndsEverythingAndNothingIsTakenAfterIt() {
    Gate gate = new Gate();
    ScriptedDecoder decoder = gated(2, gate);
    decoder.dies = new StackOverflowError("deep");
    try (Generations generations = generations(List.of(decoder), 10)) {
      List<CompletableFuture<Generation>> answers =
          Stream.generate(() -> generations.submit(request(50, 5))).limit(5).toList();
      gate.open();
      for (CompletableFuture<Generation> answer : answers) {
        assertThatThrownBy(answer::get).hasCauseInstanceOf(StackOverflowError.class);
      }
      assertThatThrownBy(() -> generations.generate(request(1, 5)))
          .isInstanceOf(RejectedExecutionException.class)
          .hasCauseInstanceOf(StackOverflowError.class);
    }
    assertThat(decoder.closed).isTrue();
  }

  @Test
  void aFailureReachesItsCallerAsItWasThrown() {
    ScriptedDecoder decoder = hashing(2);
    decoder.poison = 55;
    try (Generations generations = generations(List.of(decoder), 10)) {
      assertThatThrownBy(() -> generations.generate(request(3, 55)))
          .isInstanceOf(ScriptedDecoder.PoisonException.class);
      assertThatThrownBy(() -> generations.generate(request(3, new int[64])))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("64 tokens; the limit is 63");
    }
  }

  @Test
  void whoIsInterruptedCancels() throws Exception {
    Gate gate = new Gate();
    ScriptedDecoder decoder = gated(1, gate);
    try (Generations generations = generations(List.of(decoder), 10)) {
      List<Throwable> thrown = new ArrayList<>();
      Thread lane =
          new Thread(
              () -> {
                try {
                  generations.generate(request(60, 5));
                } catch (Exception e) {
                  thrown.add(e);
                }
              });
      lane.start();
      await().until(() -> generations.slotsTaken() == 1);
      lane.interrupt();
      lane.join();
      assertThat(thrown).singleElement().isInstanceOf(InterruptedException.class);
      gate.open();
      await().until(() -> generations.slotsTaken() == 0);
      assertThat(generations.counters().cancelled()).isEqualTo(1);
    }
  }

  private static ScriptedDecoder hashing(int slots) {
    return new ScriptedDecoder(slots, 64, slots, true, true);
  }

  /** Stands still in its first call until the gate opens. */
  private static ScriptedDecoder gated(int slots, Gate gate) {
    ToIntFunction<int[]> script =
        tokens -> {
          gate.pass();
          return 7;
        };
    return new ScriptedDecoder(slots, 64, slots, true, true, script);
  }

  private static Generations generations(List<ScriptedDecoder> decoders, int waitingMax) {
    GenerationSettings settings = new GenerationSettings(16, waitingMax);
    return new Generations("t", decoders, MODEL, settings, () -> 0);
  }

  private static GenerationRequest request(int maxNewTokens, int... prompt) {
    return new GenerationRequest(
        prompt, maxNewTokens, SamplingSettings.GREEDY, List.of(), GenerationRequest.NO_DEADLINE);
  }

  /** Prompts that a decoder read. */
  private static int rowsOf(ScriptedDecoder decoder) {
    return decoder.calls.stream()
        .filter(call -> call.startsWith("p"))
        .mapToInt(call -> Integer.parseInt(call.substring(1, call.indexOf('x'))))
        .sum();
  }

  /** Holds threads up until it is opened. */
  private static final class Gate {
    private final Semaphore permits = new Semaphore(0);

    void pass() {
      permits.acquireUninterruptibly();
      permits.release();
    }

    void open() {
      permits.release();
    }
  }
}
