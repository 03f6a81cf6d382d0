package org.openautoglm.operators.batching;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.openautoglm.operators.inference.FailureClassifier;
import org.openautoglm.operators.inference.RefCount;

/**
 * Starts batches while a lane is free and rows wait. The windows of a subtask share its devices:
 * the one whose first row is oldest goes first, so that no model starves. Belongs to the task
 * thread, and never yields: between a policy's look at a pool and the rows' leaving it nothing else
 * happens, so no row can be started twice.
 */
final class Scheduler {
  private final String batchIdPrefix;
  private final FailureClassifier classifier;
  private final LongSupplier clock;
  private final Consumer<Completion> completions;
  private final List<Window> windows = new ArrayList<>();
  private int maxInFlight;
  private int inFlight;
  private long batches;
  private long round;

  /**
   * @param batchIdPrefix makes batch ids unique in a run of the job: subtask and attempt
   * @param clock microseconds since the epoch; asked by lanes, too
   * @param completions takes what lanes report
   */
  Scheduler(
      String batchIdPrefix,
      FailureClassifier classifier,
      LongSupplier clock,
      Consumer<Completion> completions) {
    this.batchIdPrefix = batchIdPrefix;
    this.classifier = classifier;
    this.clock = clock;
    this.completions = completions;
  }

  /** A window joins, and with it, perhaps, devices. */
  void add(Window window, int maxBatchesInFlight) {
    windows.add(window);
    maxInFlight = maxBatchesInFlight;
  }

  /** Whether a batch of this window could start if it has a row. A cheap look. */
  boolean mayStart(Window window) {
    return mayCount(window) && window.model().mayHaveFreeLane();
  }

  private boolean mayCount(Window window) {
    return inFlight < maxInFlight || !window.model().isCounted();
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
    for (Window window = oldest(); window != null; window = oldest()) {
      againUs = Math.min(againUs, startOne(window, nowUs));
    }
    return againUs;
  }

  /** The window with the oldest row among those that may yet start one in this round, or null. */
  private Window oldest() {
    Window oldest = null;
    for (Window window : windows) {
      if (window.pool().size() > 0
          && window.passedInRound != round
          && mayCount(window)
          && (oldest == null || age(window) < age(oldest))) {
        oldest = window;
      }
    }
    return oldest;
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
      if (slot.gate().tryAcquire()) {
        start(window, slot, run.batch(), nowUs);
        return Long.MAX_VALUE;
      }
    }
    window.passedInRound = round;
    return Long.MAX_VALUE;
  }

  private void start(Window window, EngineSlot slot, Batch batch, long nowUs) {
    for (Row row : batch.rows()) {
      window.pool().remove(row, Row.Place.RUNNING);
    }
    inFlight += window.model().isCounted() ? 1 : 0;
    window.model().metrics().batchStarted(batch);
    String id = batchIdPrefix + "-" + batches++;
    BatchRun run =
        new BatchRun(
            id, window, slot, slot.started(batch, nowUs), batch, classifier, clock, completions);
    execute(run, slot, window.model().lease());
  }

  private static void execute(BatchRun run, EngineSlot slot, RefCount lease) {
    if (!lease.tryRetain()) {
      throw new IllegalStateException("the engines are closed already");
    }
    try {
      slot.gate()
          .device()
          .execute(
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
    inFlight -= run.window().model().isCounted() ? 1 : 0;
    run.slot().ended(run.inFlight());
    if (ended.clean()) {
      run.slot().measured(run.batch(), ended.inferenceUs());
    }
    run.window().model().metrics().batchEnded(ended);
  }
}
