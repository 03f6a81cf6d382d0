package org.openautoglm.operators.inference.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.openautoglm.operators.inference.generation.sampling.SamplingSettings;

/** What holds whoever comes when, of any length, with any of them failing, late or cancelled. */
class ContinuousBatchPropertiesTest {
  private static final int CAPACITY = 40;
  private static final int POISON = 96;
  private static final int BLURRED = 95;

  private long now;

  @Property(tries = 150)
  void everyRowEndsExactlyOnceWithTheTokensItHasAlone(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 9) int slots,
      @ForAll @IntRange(min = 1, max = 24) int budget,
      @ForAll @IntRange(min = 1, max = 4) int prefillRowsMax,
      @ForAll boolean readsInChunks,
      @ForAll boolean moves) {
    Random random = new Random(seed);
    List<Row> left = new ArrayList<>();
    now = 0;
    GenerationCounters counters = new GenerationCounters();
    ScriptedDecoder decoder = decoder(slots, Math.min(slots, prefillRowsMax), readsInChunks, moves);
    ContinuousBatch batch = batch(decoder, budget, counters, left);
    List<GenerationRequest> requests = requests(random, 24);
    Deque<Row> waiting = new ArrayDeque<>(requests.stream().map(Row::new).toList());
    List<Row> all = List.copyOf(waiting);

    int steps = 0;
    while (!waiting.isEmpty() || !batch.isIdle()) {
      while (batch.free() > 0 && !waiting.isEmpty() && random.nextInt(3) > 0) {
        batch.join(waiting.removeFirst());
      }
      if (random.nextInt(20) == 0) {
        all.get(random.nextInt(all.size())).answer.cancel(false);
      }
      batch.step();
      now++;
      assertThat(++steps).isLessThan(5_000);
    }

    assertThat(left).containsExactlyInAnyOrderElementsOf(all);
    assertThat(decoder.used()).isZero();
    assertThat(batch.free()).isEqualTo(slots);
    assertThat(counters.finished() + counters.failed() + counters.late() + counters.cancelled())
        .isEqualTo(all.size());
    for (Row row : all) {
      assertThat(row.answer).isDone();
      if (!row.answer.isCompletedExceptionally()) {
        Generation together = row.answer.join();
        Generation alone = alone(row.request, budget, readsInChunks);
        assertThat(together.tokens()).isEqualTo(alone.tokens());
        assertThat(together.text()).isEqualTo(alone.text());
        assertThat(together.finishReason()).isEqualTo(alone.finishReason());
      } else if (!row.answer.isCancelled()) {
        assertThat(failure(row)).isIn(expectedFailure(row.request), "DeadlineExceededException");
      }
    }
  }

  private Generation alone(GenerationRequest request, int budget, boolean readsInChunks) {
    GenerationRequest patient =
        new GenerationRequest(
            request.prompt(),
            request.maxNewTokens(),
            request.sampling(),
            request.stop(),
            GenerationRequest.NO_DEADLINE);
    Row row = new Row(patient);
    ScriptedDecoder decoder = decoder(1, 1, readsInChunks, false);
    ContinuousBatch batch = batch(decoder, budget, new GenerationCounters(), new ArrayList<>());
    batch.join(row);
    while (!batch.isIdle()) {
      batch.step();
    }
    return row.answer.join();
  }

  private static ScriptedDecoder decoder(
      int slots, int prefillRowsMax, boolean readsInChunks, boolean moves) {
    ScriptedDecoder decoder =
        new ScriptedDecoder(slots, CAPACITY, prefillRowsMax, readsInChunks, moves);
    decoder.poison = POISON;
    decoder.blurred = BLURRED;
    return decoder;
  }

  private ContinuousBatch batch(
      ScriptedDecoder decoder, int budget, GenerationCounters counters, List<Row> left) {
    GenerationModel model = new GenerationModel(List.of(0, 1), ContinuousBatchTest::letters);
    GenerationSettings settings = new GenerationSettings(budget, 0);
    return new ContinuousBatch(decoder, model, settings, () -> now, counters, left::add);
  }

  private static List<GenerationRequest> requests(Random random, int count) {
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] prompt = random.ints(1 + random.nextInt(CAPACITY - 1), 2, 90).toArray();
      boolean greedy = random.nextBoolean();
      SamplingSettings sampling =
          new SamplingSettings(
              greedy ? 0 : 0.5f + random.nextFloat(),
              random.nextInt(4) * 7,
              random.nextBoolean() ? 1 : 0.8f,
              random.nextBoolean() ? 1 : 1.3f,
              random.nextLong());
      List<String> stop = random.nextInt(3) == 0 ? List.of("AB", "C") : List.of();
      long deadline = random.nextInt(4) == 0 ? random.nextInt(60) : GenerationRequest.NO_DEADLINE;
      requests.add(new GenerationRequest(prompt, 1 + random.nextInt(30), sampling, stop, deadline));
    }
    return requests;
  }

  private static String failure(Row row) {
    try {
      row.answer.get();
      return "none";
    } catch (ExecutionException e) {
      return e.getCause().getClass().getSimpleName();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** A row fails by itself only with what the decoder does to it; prompts have neither token. */
  private String expectedFailure(GenerationRequest request) {
    try {
      alone(request, CAPACITY, true);
      return "none";
    } catch (RuntimeException e) {
      return e.getCause().getClass().getSimpleName();
    }
  }
}
