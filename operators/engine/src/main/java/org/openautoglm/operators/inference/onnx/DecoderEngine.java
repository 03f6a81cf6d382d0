package org.openautoglm.operators.inference.onnx;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.openautoglm.operators.inference.Cancellation;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.ModelIdentity;
import org.openautoglm.operators.inference.RefusedInputException;
import org.openautoglm.operators.inference.generation.Generation;
import org.openautoglm.operators.inference.generation.GenerationCounters;
import org.openautoglm.operators.inference.generation.GenerationRequest;
import org.openautoglm.operators.inference.generation.Generations;
import org.openautoglm.operators.inference.generation.sampling.RandomDraw;
import org.openautoglm.operators.inference.generation.sampling.SamplingSettings;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.Parameters;
import org.openautoglm.schemas.wire.Usage;

/**
 * A decoder model on one device. Its device has a lane for each slot of the caches and for the rows
 * that wait for one, and a lane's thread does nothing but hand its row over and wait: rows are
 * brought together by {@link Generations}, between tokens, and not by the window. So the window
 * gives it one row a batch.
 *
 * <p>Thread-safe. A row's answer does not depend on the rows that are decoded beside it.
 */
final class DecoderEngine implements LoadedEngine {
  private final ModelIdentity identity;
  private final Device device;
  private final Generations generations;
  private final int vocabulary;
  private final int maxNewTokens;
  private final int submittedMax;

  /**
   * @param device with a lane for each slot, and some more for rows that wait for one
   * @param generations owned by this object from now on
   * @param vocabulary tokens that the model knows
   * @param maxNewTokens for requests that do not say
   */
  DecoderEngine(
      ModelIdentity identity,
      Device device,
      Generations generations,
      int vocabulary,
      int maxNewTokens) {
    this.identity = identity;
    this.device = device;
    this.generations = generations;
    this.vocabulary = vocabulary;
    this.maxNewTokens = maxNewTokens;
    // Enough for a slot to be filled the moment it is free, however many rows a caller brings.
    this.submittedMax = 2 * generations.slots();
  }

  @Override
  public ModelIdentity identity() {
    return identity;
  }

  @Override
  public Device device() {
    return device;
  }

  /** One: a batch of the window would hold its lane until its longest answer is done. */
  @Override
  public int maxIndependentRows() {
    return 1;
  }

  /** Slots, their use and what was decoded, for those who show it. */
  Generations generations() {
    return generations;
  }

  @Override
  public Map<String, LongSupplier> gauges() {
    GenerationCounters counters = generations.counters();
    return Map.of(
        "slots", generations::slots,
        "slotsTaken", generations::slotsTaken,
        "rowsWaitingForASlot", generations::waiting,
        "cacheBytes", generations::cacheBytes,
        "promptTokens", counters::promptTokens,
        "decodeSteps", counters::steps,
        "decodedTokens", counters::stepRows,
        "decodedSlots", counters::stepSpan);
  }

  @Override
  public void run(List<EngineRow> rows, RowSink sink) throws Exception {
    run(rows, sink, new Cancellation());
  }

  /** The generations, and not this call, are watched. */
  @Override
  public boolean watchesItsSteps() {
    return true;
  }

  @Override
  public boolean isSound() {
    return generations.isSound();
  }

  @Override
  @SuppressWarnings("try") // The hook only has to be taken off at the end.
  public void run(List<EngineRow> rows, RowSink sink, Cancellation cancellation) throws Exception {
    BlockingQueue<Ended> ended = new LinkedBlockingQueue<>();
    List<CompletableFuture<Generation>> answers = new ArrayList<>(rows.size());
    Throwable failure = null;
    int reported = 0;
    try (Cancellation.Hook hook = cancellation.onCancel(() -> ended.add(Ended.CANCELLED))) {
      while (reported < rows.size()) {
        while (answers.size() < rows.size() && answers.size() - reported < submittedMax) {
          int position = answers.size();
          CompletableFuture<Generation> answer = submit(rows.get(position));
          answers.add(answer);
          CompletableFuture<Generation> unused =
              answer.whenComplete((text, thrown) -> ended.add(new Ended(position, text, thrown)));
        }
        Ended next = ended.take();
        if (next.position() < 0) {
          throw new CancellationException("nobody waits for it any more");
        }
        reported++;
        if (next.thrown() == null) {
          sink.complete(next.position(), output(next.generation()));
        } else {
          failure = next.thrown();
        }
      }
    } finally {
      answers.forEach(answer -> answer.cancel(false));
    }
    rethrow(failure);
  }

  private record Ended(int position, Generation generation, Throwable thrown) {
    private static final Ended CANCELLED = new Ended(-1, null, null);
  }

  private static void rethrow(Throwable failure) throws Exception {
    if (failure instanceof Exception e) {
      throw e;
    }
    if (failure != null) {
      throw new ExecutionException("the decode thread failed", failure);
    }
  }

  /** A row that cannot run fails like one that did not. */
  private CompletableFuture<Generation> submit(EngineRow row) {
    for (int token : row.tokens()) {
      if (token < 0 || token >= vocabulary) {
        return CompletableFuture.failedFuture(
            new RefusedInputException(
                FailureCode.MODEL_FAILURE,
                String.format(
                    Locale.ROOT,
                    "token %,d is not in the vocabulary of %,d; the tokenizer is another model's",
                    token,
                    vocabulary)));
      }
    }
    if (row.tokens().length > generations.promptTokensMax()) {
      return CompletableFuture.failedFuture(
          new RefusedInputException(
              FailureCode.PROMPT_TOO_LONG,
              String.format(
                  Locale.ROOT,
                  "%,d tokens; the limit is %,d",
                  row.tokens().length,
                  generations.promptTokensMax())));
    }
    if (generations.unavailable() != null) {
      return CompletableFuture.failedFuture(generations.unavailable());
    }
    try {
      return generations.submit(request(row));
    } catch (RejectedExecutionException e) {
      // The last decoder may have ended at this moment.
      if (generations.unavailable() != null) {
        return CompletableFuture.failedFuture(generations.unavailable());
      }
      throw e;
    }
  }

  private GenerationRequest request(EngineRow row) {
    Parameters parameters = row.parameters();
    return new GenerationRequest(
        row.tokens(),
        parameters.hasMaxNewTokens() ? parameters.getMaxNewTokens() : maxNewTokens,
        new SamplingSettings(
            row.temperature(),
            parameters.getTopK(),
            parameters.hasTopP() ? parameters.getTopP() : 1,
            parameters.hasRepetitionPenalty() ? parameters.getRepetitionPenalty() : 1,
            parameters.hasSeed()
                ? parameters.getSeed()
                : RandomDraw.seedOf(row.requestId(), row.input())),
        parameters.getStopList(),
        deadlineNanos(row.deadlineUs()));
  }

  private static long deadlineNanos(long deadlineUs) {
    if (deadlineUs == 0) {
      return GenerationRequest.NO_DEADLINE;
    }
    long leftUs = deadlineUs - TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
    return System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(leftUs);
  }

  private static Output output(Generation generation) {
    return Output.newBuilder()
        .setText(generation.text())
        .setFinishReason(generation.finishReason().wireName())
        .setUsage(
            Usage.newBuilder()
                .setPromptTokens(generation.promptTokens())
                .setCompletionTokens(generation.completionTokens()))
        .build();
  }

  /** Called with the last lease; what still runs ends with {@link CancellationException}. */
  @Override
  public void close() {
    generations.close();
  }

  @Override
  public String toString() {
    return identity.name() + " on " + device;
  }
}
