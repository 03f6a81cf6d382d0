package org.openautoglm.operators.inference.generation;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.openautoglm.operators.inference.DeviceUnavailableException;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.RefCount;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One model's text generation: takes requests from any thread and answers each as soon as it is
 * done. Each decoder has a running batch and one thread of its own, the only one that touches it.
 *
 * <p>Of what is submitted, everything ends exactly once: answered, failed, late, cancelled through
 * its future, or ended by {@link #close}. A request that fails does so alone; an error of the
 * scheduler itself ends all of them with that error, and nothing is taken any more. A decoder that
 * does not come back from a call is given up: its rows fail with {@link
 * DeviceUnavailableException}, and another takes its place.
 */
public final class Generations implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Generations.class);

  /** Decoders that are replaced before no further one is. */
  private static final int REPLACED_MAX = 3;

  private static final long JOIN_MS = 100;

  private final String name;
  private final List<Decoder> decoders;
  private final GenerationModel model;
  private final GenerationSettings settings;
  private final LongSupplier nanoClock;
  private final GenerationCounters counters = new GenerationCounters();
  private final Reception reception;
  private final Supervision supervision;

  /** The threads that serve, and whoever has this object open; those given up count, too. */
  private final RefCount users;

  private final AtomicBoolean closed = new AtomicBoolean();

  // Guarded by this object.
  private final Thread[] threads;
  private int replaced;
  private int serving;
  private volatile DeviceUnavailableException unavailable;

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
    this(name, decoders, model, settings, nanoClock, Supervision.none(), () -> {});
  }

  /**
   * Starts a thread for each decoder.
   *
   * @param name the model's, for threads and logs
   * @param decoders at least one; they become this object's, which closes them
   * @param nanoClock what deadlines are measured on, as {@link System#nanoTime}
   * @param supervision what is done about calls that take too long
   * @param below frees what the decoders stand on, when this object is closed and no thread is in
   *     one of them any more
   */
  public Generations(
      String name,
      List<? extends Decoder> decoders,
      GenerationModel model,
      GenerationSettings settings,
      LongSupplier nanoClock,
      Supervision supervision,
      Runnable below) {
    this.name = name;
    this.decoders = List.copyOf(decoders);
    this.model = model;
    this.settings = settings;
    this.nanoClock = nanoClock;
    this.supervision = supervision;
    this.users = new RefCount(below);
    int[] slots = this.decoders.stream().mapToInt(decoder -> decoder.cache().slots()).toArray();
    this.reception = new Reception(slots, settings.waitingMax());
    this.threads = new Thread[slots.length];
    this.serving = slots.length;
    for (int i = 0; i < slots.length; i++) {
      Decoder decoder = this.decoders.get(i);
      start(i, 0, () -> decoder);
    }
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
   * A call that was given up is not waited for; what it stands on is freed when it comes back.
   */
  @Override
  public void close() {
    reception.close(new CancellationException("the model was closed"));
    boolean interrupted = false;
    for (Thread thread = alive(); thread != null; thread = alive()) {
      try {
        // Not for ever: it may be given up while it is waited for.
        thread.join(JOIN_MS);
      } catch (InterruptedException e) {
        interrupted = true; // Native memory must not be freed under the thread that works in it.
      }
    }
    if (closed.compareAndSet(false, true)) {
      users.release();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized Thread alive() {
    for (Thread thread : threads) {
      if (thread != null && thread.isAlive()) {
        return thread;
      }
    }
    return null;
  }

  private void start(int index, int turn, DecoderSource source) {
    if (!users.tryRetain()) {
      return; // Closed meanwhile.
    }
    String called = String.format(Locale.ROOT, "decode-%s-%d", name, index);
    Thread thread =
        new Thread(
            () -> {
              try {
                run(index, turn, source);
              } finally {
                users.release();
              }
            },
            called);
    thread.setDaemon(true);
    synchronized (this) {
      threads[index] = thread;
    }
    thread.start();
  }

  private interface DecoderSource {
    Decoder open() throws ModelLoadException;
  }

  private void run(int index, int turn, DecoderSource source) {
    try (Decoder decoder = supervised(source.open(), index)) {
      if (turn > 0) {
        reception.reopen(index);
      }
      ContinuousBatch batch =
          new ContinuousBatch(
              decoder,
              model,
              settings,
              nanoClock,
              counters,
              row -> reception.left(index, turn, row));
      Throwable end = new CancellationException("the model was closed");
      try {
        serve(index, turn, batch);
      } catch (Throwable failure) { // Also an Error must not leave callers waiting for ever.
        LOG.error("{} failed; what it worked on fails", Thread.currentThread().getName(), failure);
        end = failure;
        reception.close(failure);
      }
      batch.failAll(end);
    } catch (ModelLoadException | RuntimeException | OutOfMemoryError e) {
      LOG.error("A decoder of {} has no other in its place", name, e);
      ended();
    }
  }

  private Decoder supervised(Decoder decoder, int index) {
    return supervision.timeoutMs() == 0
        ? decoder
        : new SupervisedDecoder(decoder, supervision, () -> giveUp(index));
  }

  /**
   * A decoder does not come back: its rows fail, and another takes its place. The watch's thread.
   */
  private void giveUp(int index) {
    DeviceUnavailableException reason =
        DeviceUnavailableException.tooLong(supervision.health().device(), supervision.timeoutMs());
    boolean replace;
    synchronized (this) {
      threads[index] = null;
      replace = replaced++ < REPLACED_MAX;
    }
    List<Row> rows = reception.giveUp(index);
    rows.forEach(row -> row.fail(reason));
    counters.failed.add(rows.size());
    if (replace) {
      start(index, reception.turn(index), () -> supervision.replacements().open(index));
    } else {
      ended();
    }
  }

  /** A decoder has ended for good. With the last one, everything that comes is refused. */
  private void ended() {
    synchronized (this) {
      if (--serving > 0) {
        return;
      }
    }
    LOG.error("No decoder of {} is left; its process must be started again", name);
    unavailable = DeviceUnavailableException.outOfService(supervision.health().device());
    reception.close(unavailable);
  }

  /** Why nothing is taken any more, though this is not closed; null while something is. */
  public DeviceUnavailableException unavailable() {
    return unavailable;
  }

  /** Whether every decoder has come back from every call so far. */
  public synchronized boolean isSound() {
    return replaced == 0;
  }

  private void serve(int index, int turn, ContinuousBatch batch) throws InterruptedException {
    for (List<Row> rows = reception.take(index, turn, batch.isIdle());
        rows != null;
        rows = reception.take(index, turn, batch.isIdle())) {
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
