package org.openautoglm.operators.inference.generation;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One model's text generation: takes requests from any thread and answers each as soon as it is
 * done. Each decoder has a running batch and one thread of its own, the only one that touches it.
 *
 * <p>Of what is submitted, everything ends exactly once: answered, failed, late, cancelled through
 * its future, or ended by {@link #close}. A request that fails does so alone; an error of the
 * scheduler itself ends all of them with that error, and nothing is taken any more.
 */
public final class Generations implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Generations.class);

  private final List<Decoder> decoders;
  private final GenerationModel model;
  private final GenerationSettings settings;
  private final LongSupplier nanoClock;
  private final GenerationCounters counters = new GenerationCounters();
  private final Reception reception;
  private final List<Thread> threads;

  /**
   * Starts a thread for each decoder.
   *
   * @param name the model's, for threads and logs
   * @param decoders at least one; they become this object's, which closes them
   * @param nanoClock what deadlines are measured on, as {@link System#nanoTime}
   */
  public Generations(
      String name,
      List<? extends Decoder> decoders,
      GenerationModel model,
      GenerationSettings settings,
      LongSupplier nanoClock) {
    this.decoders = List.copyOf(decoders);
    this.model = model;
    this.settings = settings;
    this.nanoClock = nanoClock;
    int[] slots = this.decoders.stream().mapToInt(decoder -> decoder.cache().slots()).toArray();
    this.reception = new Reception(slots, settings.waitingMax());
    this.threads =
        IntStream.range(0, slots.length)
            .mapToObj(i -> thread(String.format(Locale.ROOT, "decode-%s-%d", name, i), i))
            .toList();
    threads.forEach(Thread::start);
  }

  /**
   * Submits a request.
   *
   * @return completes with the answer, or exceptionally: with {@link DeadlineExceededException},
   *     with what the decoder threw for this row, or with {@link CancellationException}. Whoever
   *     cancels it ends the generation before its next token. What hangs on it runs on the decode
   *     thread and must be short
   * @throws IllegalArgumentException when no slot holds the prompt and a token more
   * @throws RejectedExecutionException when too many wait already, or this is closed
   */
  public CompletableFuture<Generation> submit(GenerationRequest request) {
    int capacity = promptTokensMax();
    if (request.prompt().length > capacity) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "the prompt has %,d tokens; the limit is %,d",
              request.prompt().length,
              capacity));
    }
    Row row = new Row(request);
    reception.arrive(row);
    return row.answer;
  }

  /**
   * Submits a request and waits for its answer, as a lane of a device does.
   *
   * @throws InterruptedException when interrupted; the generation is cancelled then
   * @throws Exception what the request failed with
   */
  public Generation generate(GenerationRequest request) throws Exception {
    CompletableFuture<Generation> answer = submit(request);
    try {
      return answer.get();
    } catch (InterruptedException e) {
      answer.cancel(false);
      throw e;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw new IllegalStateException("the decode thread failed", e.getCause());
    }
  }

  /** Rows that are decoded together, over all decoders. */
  public int slots() {
    return decoders.stream().mapToInt(decoder -> decoder.cache().slots()).sum();
  }

  /** The longest prompt that can be answered. */
  public int promptTokensMax() {
    return decoders.stream().mapToInt(d -> d.cache().capacityTokens()).min().orElseThrow() - 1;
  }

  /** What the caches take, bytes, whatever is in them. */
  public long cacheBytes() {
    return decoders.stream().mapToLong(decoder -> decoder.cache().bytes()).sum();
  }

  /** Slots in use at this moment. */
  public int slotsTaken() {
    return reception.taken();
  }

  /** Rows that wait for a slot at this moment. */
  public int waiting() {
    return reception.waiting();
  }

  public GenerationCounters counters() {
    return counters;
  }

  /**
   * Ends what has not been answered, waits for the call that a decoder is in, and closes them all.
   */
  @Override
  public void close() {
    reception.close(new CancellationException("the model was closed"));
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true; // Native memory must not be freed under the thread that works in it.
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private Thread thread(String name, int batch) {
    Thread thread = new Thread(() -> run(batch), name);
    thread.setDaemon(true);
    return thread;
  }

  private void run(int index) {
    try (Decoder decoder = decoders.get(index)) {
      ContinuousBatch batch =
          new ContinuousBatch(
              decoder, model, settings, nanoClock, counters, row -> reception.left(index));
      Throwable end = new CancellationException("the model was closed");
      try {
        serve(index, batch);
      } catch (Throwable failure) { // Also an Error must not leave callers waiting for ever.
        LOG.error("{} failed; what it worked on fails", Thread.currentThread().getName(), failure);
        end = failure;
        reception.close(failure);
      }
      batch.failAll(end);
    }
  }

  private void serve(int index, ContinuousBatch batch) throws InterruptedException {
    for (List<Row> rows = reception.take(index, batch.isIdle());
        rows != null;
        rows = reception.take(index, batch.isIdle())) {
      try {
        rows.forEach(batch::join);
        batch.step();
      } catch (Throwable failure) { // Also for those of them that have not joined yet.
        rows.forEach(row -> row.fail(failure));
        throw failure;
      }
      reception.dismiss(nanoClock.getAsLong(), counters);
    }
  }
}
