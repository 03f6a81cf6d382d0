package org.openautoglm.operators.batching;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.openautoglm.operators.inference.FailureClassifier;
import org.openautoglm.operators.inference.LaneClaim.Lane;
import org.openautoglm.operators.inference.RefCount;
import org.openautoglm.operators.suspects.Suspects;

/**
 * Starts batches while a lane is free and rows wait. Of the models of a subtask the one that has
 * had least of its devices' time goes first, so that none starves, however much waits for another;
 * of a model's windows, the one whose first row is oldest. Belongs to the task thread, and never
 * yields: between a policy's look at a pool and the rows' leaving it nothing else happens, so no
 * row can be started twice.
 */
final class Scheduler {
  private final String batchIdPrefix;
  private final FailureClassifier classifier;
  private final LongSupplier clock;
  private final Consumer<Completion> completions;
  private final Suspects suspects;
  private final List<Window> windows = new ArrayList<>();
  private final Set<BatchRun> running = Collections.newSetFromMap(new IdentityHashMap<>());
  private long batches;
  private long round;

  /**
   * @param batchIdPrefix makes batch ids unique in a run of the job: subtask and attempt
   * @param clock microseconds since the epoch; asked by lanes, too
   * @param completions takes what lanes report
   * @param suspects knows the records that have ended the process
   */
  Scheduler(
      String batchIdPrefix,
      FailureClassifier classifier,
      LongSupplier clock,
      Consumer<Completion> completions,
      Suspects suspects) {
    this.batchIdPrefix = batchIdPrefix;
    this.classifier = classifier;
    this.clock = clock;
    this.completions = completions;
    this.suspects = suspects;
  }

  /** A window joins. */
  void add(Window window) {
    windows.add(window);
  }

  /** Whether a batch of this window could start if it has a row. A cheap look. */
  boolean mayStart(Window window) {
    return window.model().mayHaveFreeLane();
  }

  /**
   * Starts all the batches that can start.
   *
   * @return when to be called again although nothing has changed, microseconds since the epoch
   */
  long dispatch(long nowUs) {
    round++;
    long againUs = Long.MAX_VALUE;
    for (Window window : windows) {
      window.pool().releaseDue(nowUs);
      againUs = Math.min(againUs, window.pool().nextDueUs());
    }
    for (Window window = next(); window != null; window = next()) {
      againUs = Math.min(againUs, startOne(window, nowUs));
    }
    for (Window window : windows) {
      window.model().declineUnlessAsked();
    }
    return againUs;
  }

  /** The window whose turn it is among those that may yet start a batch in this round, or null. */
  private Window next() {
    Window next = null;
    for (Window window : windows) {
      if (window.pool().size() > 0
          && window.passedInRound != round
          && (next == null || isBefore(window, next))) {
        next = window;
      }
    }
    return next;
  }

  private static boolean isBefore(Window one, Window other) {
    return one.model() == other.model()
        ? age(one) < age(other)
        : one.model().hadNanos() < other.model().hadNanos();
  }

  private static long age(Window window) {
    return window.pool().oldest().sequence();
  }

  /** Starts one batch, or marks the window as passed. Returns when it wants to be asked again. */
  private long startOne(Window window, long nowUs) {
    LoadedModel model = window.model();
    // Each turn of the loop starts a batch or finds one more engine busy.
    while (model.mayHaveFreeLane()) {
      Decision decision = model.policy().decide(window.pool(), model.engines(), nowUs);
      if (decision instanceof Decision.Wait wait) {
        window.passedInRound = round;
        return wait.untilUs();
      }
      Decision.Run run = (Decision.Run) decision;
      EngineSlot slot = model.engines().get(run.engine());
      Lane lane = slot.gate().tryAcquire(slot.expectedUs(run.batch().paddedTokens()));
      if (lane != null) {
        start(window, slot, lane, run.batch(), nowUs);
        return Long.MAX_VALUE;
      }
    }
    window.passedInRound = round;
    return Long.MAX_VALUE;
  }

  private void start(Window window, EngineSlot slot, Lane lane, Batch batch, long nowUs) {
    for (Row row : batch.rows()) {
      window.pool().remove(row, Row.Place.RUNNING);
    }
    window.model().metrics().batchStarted(batch);
    String id = batchIdPrefix + "-" + batches++;
    BatchRun run =
        new BatchRun(
            id,
            window,
            slot,
            slot.started(batch, nowUs),
            batch,
            classifier,
            clock,
            completions,
            suspects);
    run.guard().on(lane);
    for (Row row : batch.rows()) {
      row.run = run;
    }
    running.add(run);
    execute(run, slot, lane, window.model().lease());
  }

  private static void execute(BatchRun run, EngineSlot slot, Lane lane, RefCount lease) {
    if (!lease.tryRetain()) {
      throw new IllegalStateException("the engines are closed already");
    }
    try {
      slot.gate()
          .device()
          .execute(
              lane,
              () -> {
                try {
                  run.run();
                } finally {
                  lease.release();
                }
              });
    } catch (RejectedExecutionException e) {
      lease.release();
      throw e;
    }
  }

  void ended(Completion.BatchEnded ended) {
    BatchRun run = ended.batch();
    running.remove(run);
    run.slot().ended(run.inFlight());
    if (ended.clean()) {
      run.slot().measured(run.batch(), ended.inferenceUs());
    }
    run.window().model().metrics().batchEnded(ended);
  }

  /** Nobody waits for any batch any more: those that can end do, and free their lanes. */
  void close() {
    running.forEach(run -> run.guard().unwanted());
  }
}
