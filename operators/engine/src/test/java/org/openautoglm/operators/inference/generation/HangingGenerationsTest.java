package org.openautoglm.operators.inference.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.inference.DeviceHealth;
import org.openautoglm.operators.inference.DeviceUnavailableException;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.generation.Supervision.Replacements;
import org.openautoglm.operators.inference.generation.sampling.SamplingSettings;

/** Decoders whose calls do not end by themselves. */
class HangingGenerationsTest {
  private static final long TIMEOUT_MS = 50;
  private static final GenerationModel MODEL =
      new GenerationModel(List.of(0), ContinuousBatchTest::letters);

  private final DeviceHealth health = new DeviceHealth("cpu");
  private final AtomicBoolean freed = new AtomicBoolean();

  @Test
  void aRowOnWhichCallsHangFailsAlone() throws Exception {
    HangingDecoder decoder = new HangingDecoder(4, true);
    try (Generations generations = generations(decoder, HangingGenerationsTest::none)) {
      CompletableFuture<Generation> bad = generations.submit(request(5, HangingDecoder.BAD));
      List<CompletableFuture<Generation>> good =
          Stream.of(5, 6, 7).map(token -> generations.submit(request(token, 8))).toList();
      for (CompletableFuture<Generation> each : good) {
        assertThat(each.get().completionTokens()).isPositive();
      }
      assertTimedOut(bad);
      assertThat(generations.isSound()).as("every call came back").isTrue();
      await().until(() -> generations.slotsTaken() == 0);
    }
    assertThat(decoder.closed).isTrue();
    assertThat(freed).isTrue();
  }

  @Test
  void aDeviceThatDoesNotAnswerIsNotAskedForEachRow() {
    HangingDecoder decoder = new HangingDecoder(16, true);
    decoder.dead = true;
    try (Generations generations = generations(decoder, HangingGenerationsTest::none)) {
      List<CompletableFuture<Generation>> rows =
          Stream.iterate(0, i -> i + 1).limit(16).map(i -> generations.submit(request(5))).toList();
      rows.forEach(HangingGenerationsTest::assertTimedOut);
      // One call for each halving, and one more; but rows that come one by one are tried anew.
      assertThat(decoder.hangs.get()).isLessThan(16);
    }
  }

  @Test
  void aDecoderThatDoesNotComeBackIsReplacedAndWhatItStandsOnStays() throws Exception {
    HangingDecoder stuck = new HangingDecoder(2, false);
    HangingDecoder other = new HangingDecoder(2, true);
    try (Generations generations = generations(stuck, number -> other)) {
      assertTimedOut(generations.submit(request(HangingDecoder.BAD)));
      assertThat(generations.submit(request(5)).get().completionTokens()).isPositive();
      assertThat(health.gauges().get("runsStuck").getAsLong()).isEqualTo(1);
      assertThat(generations.isSound()).isFalse();
    }
    assertThat(other.closed).isTrue();
    assertThat(stuck.closed).as("its thread is in it").isFalse();
    assertThat(freed).as("what its thread uses").isFalse();
    stuck.letGo();
    await().untilTrue(freed);
    assertThat(stuck.closed).isTrue();
    assertThat(health.gauges().get("runsStuck").getAsLong()).isZero();
  }

  @Test
  void withTheLastDecoderEverythingIsRefusedAsUnavailable() {
    HangingDecoder stuck = new HangingDecoder(2, false);
    try (Generations generations = generations(stuck, HangingGenerationsTest::none)) {
      assertTimedOut(generations.submit(request(HangingDecoder.BAD)));
      await().until(() -> generations.unavailable() != null);
      assertThatThrownBy(() -> generations.submit(request(5)))
          .isInstanceOf(RejectedExecutionException.class);
    } finally {
      stuck.letGo();
    }
    await().untilTrue(freed);
  }

  private static void assertTimedOut(CompletableFuture<Generation> answer) {
    assertThatThrownBy(answer::get)
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(DeviceUnavailableException.class)
        .matches(e -> ((DeviceUnavailableException) e).timedOut());
  }

  private static Decoder none(int number) throws ModelLoadException {
    throw new ModelLoadException("no decoder in the place of " + number);
  }

  private Generations generations(Decoder decoder, Replacements replacements) {
    return new Generations(
        "t",
        List.of(decoder),
        MODEL,
        new GenerationSettings(64, 100),
        System::nanoTime,
        new Supervision(TIMEOUT_MS, health, replacements),
        () -> freed.set(true));
  }

  private static GenerationRequest request(int... prompt) {
    return new GenerationRequest(
        prompt, 4, SamplingSettings.GREEDY, List.of(), GenerationRequest.NO_DEADLINE);
  }
}
