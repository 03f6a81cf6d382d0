package org.openautoglm.operators.batching;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.RetrySpec;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.PreparedPrompt;
import org.openautoglm.schemas.flow.RowOutcome;
import org.openautoglm.schemas.wire.Error;

/**
 * All windows of one subtask: requests come in, rows wait and run, requests go out when their last
 * row has ended. What finds no room in a pool waits in state until there is. Plain Java; belongs to
 * the task thread.
 *
 * <p>Every request that comes in goes out exactly once, unless {@link #complete} throws.
 */
final class Windows {
  private final Models models;
  private final Scheduler scheduler;
  private final Consumer<PendingRequest> answered;
  private final PromptStore store;
  private final Map<String, Window> byKey = new LinkedHashMap<>();
  private final Deadlines deadlines = new Deadlines();
  private final Refill refill;
  private long sequence;
  private long unfinished;

  /**
   * @param store where prompts wait that find no room in a pool
   * @param answered takes each request that is done
   */
  Windows(
      Models models, Scheduler scheduler, PromptStore store, Consumer<PendingRequest> answered) {
    this.models = models;
    this.scheduler = scheduler;
    this.store = store;
    this.answered = answered;
    this.refill = new Refill(this::take, this::nextSequence);
  }

  /** The window of a prompt, or null where its model is not configured. */
  Window of(PreparedPrompt prompt) throws ModelLoadException {
    Window window = byKey.get(prompt.getBatchKey());
    return window == null ? of(prompt.getBatchKey(), prompt.getRequest().getModelId()) : window;
  }

  /** The window of a key, or null where its model is not configured. */
  Window of(String key, String modelName) throws ModelLoadException {
    Window window = byKey.get(key);
    if (window == null) {
      LoadedModel model = models.get(modelName);
      if (model == null) {
        return null;
      }
      window = new Window(key, model, store);
      byKey.put(window.key(), window);
      model.metrics().add(window);
      scheduler.add(window);
    }
    return window;
  }

  /** The order in which rows come to the subtask. */
  long nextSequence() {
    return sequence++;
  }

  /** Whether a prompt would come to the pool now. */
  boolean hasRoomInPool(PreparedPrompt prompt, Window window) {
    return window.spill().isEmpty()
        && window.hasRoom(prompt.getRowsCount(), prompt.getSerializedSize());
  }

  /** Whether a prompt may wait in state. */
  boolean hasRoomInState(PreparedPrompt prompt, Window window) {
    return window.spill().admits(prompt.getRowsCount(), prompt.getSerializedSize());
  }

  /** Takes a request in that has just come, even beyond the bounds. */
  void enter(PendingRequest request, Window window, long nowUs) {
    unfinished++;
    WindowMetrics metrics = window.model().metrics();
    metrics.requestIn(request);
    boolean late = request.deadlineUs() > 0 && request.deadlineUs() <= nowUs;
    if (request.isAnswered() || late) {
      take(request, window, nowUs);
    } else if (hasRoomInPool(request.prompt(), window)) {
      request.number = window.spill().numberForPool();
      take(request, window, nowUs);
    } else {
      window.spill().append(request);
      metrics.rowsSpilled += request.open();
      refill.watch(window);
    }
  }

  /** Ends a request at the door, because too much waits already. */
  void refuse(PendingRequest request, Window window, long nowUs) {
    unfinished++;
    WindowMetrics metrics = window.model().metrics();
    metrics.requestIn(request);
    window.add(request);
    Error error =
        FailureCode.OVERLOADED.error(RowFailure.overloaded(request)).toBuilder()
            .setRetryAfterMs(window.retryAfterMs(nowUs))
            .build();
    for (int slot = 0; slot < request.rowCount(); slot++) {
      if (request.outcome(slot) == null) {
        RowOutcome outcome = RowFailure.outcome(request.row(slot), error, nowUs);
        request.end(request.row(slot), outcome);
        metrics.rowEnded(outcome);
      }
    }
    leave(request);
  }

  /** Takes a request in that was on the heap at a checkpoint. */
  void restore(PendingRequest request, Window window, long nowUs) {
    unfinished++;
    window.model().metrics().requestRestored(request);
    take(request, window, nowUs);
  }

  /** Takes over what waited in state at a checkpoint, and lies there still. */
  void restoreSpill(Window window) {
    unfinished += window.spill().prompts();
    window.model().metrics().restored(window.spill());
    refill.watch(window);
  }

  private void take(PendingRequest request, Window window, long nowUs) {
    if (window.isIdle()) {
      window.pace().begin(nowUs);
    }
    window.add(request);
    for (int slot = 0; slot < request.rowCount(); slot++) {
      if (request.outcome(slot) == null) {
        window.pool().add(request.row(slot));
        window.model().metrics().rowsWaiting++;
      }
    }
    if (request.isAnswered()) {
      leave(request);
    } else if (request.deadlineUs() > 0 && request.deadlineUs() <= nowUs) {
      expire(request, nowUs);
    } else {
      deadlines.add(request);
    }
  }

  /** Whether calling {@link #dispatch} now may start something in this window. */
  boolean mayStart(Window window) {
    return scheduler.mayStart(window);
  }

  /**
   * Refuses what is too late, goes on with new versions of models, starts what can start.
   *
   * @return when to be called again although nothing has changed, microseconds since the epoch
   */
  long dispatch(long nowUs) {
    PendingRequest late;
    while ((late = deadlines.pollPassed(nowUs)) != null) {
      expire(late, nowUs);
    }
    long againUs = refill.expire(nowUs);
    models.renew();
    refill.run(nowUs);
    againUs = Math.min(againUs, scheduler.dispatch(nowUs));
    while (refill.run(nowUs)) {
      // What left for a lane has made room for others, which may find another lane free.
      againUs = Math.min(againUs, scheduler.dispatch(nowUs));
    }
    return refill.isBehind() ? nowUs : Math.min(againUs, deadlines.nextUs());
  }

  /** Ends the rows of a late request. A batch all of whose rows have ended so is ended, too. */
  private void expire(PendingRequest request, long nowUs) {
    for (int slot = 0; slot < request.rowCount(); slot++) {
      Row row = request.row(slot);
      if (row != null && (row.place == Row.Place.WAITING || row.place == Row.Place.BACKING_OFF)) {
        request.window.pool().remove(row, Row.Place.RUNNING);
        request.window.model().metrics().rowsWaiting--;
        request.window.model().metrics().rowsRunning++;
        fail(row, FailureCode.DEADLINE_EXCEEDED, RowFailure.deadline(row), nowUs);
      } else if (row != null && row.place == Row.Place.RUNNING) {
        BatchRun run = row.run;
        run.deprive(row);
        fail(row, FailureCode.DEADLINE_EXCEEDED, RowFailure.deadlineOnDevice(row), nowUs);
        if (!run.hasRows()) {
          run.guard().unwanted();
        }
      }
    }
  }

  /**
   * Takes what a lane reports.
   *
   * @throws IllegalStateException for a fault that must fail the job
   */
  void complete(Completion completion, long nowUs) {
    if (completion instanceof Completion.RowEnded ended) {
      if (release(ended.row(), ended.batch())) {
        ended.row().request().answeredBy(ended.batch().engine().identity());
        end(ended.row(), ended.outcome(), nowUs);
      }
    } else if (completion instanceof Completion.RowFailedForNow failed) {
      if (release(failed.row(), failed.batch())) {
        retry(failed, nowUs);
      }
    } else if (completion instanceof Completion.RowPutBack back) {
      if (release(back.row(), back.batch())) {
        putBack(back.row(), nowUs);
      }
    } else if (completion instanceof Completion.BatchGivenUp givenUp) {
      takeBack(givenUp, nowUs);
    } else if (completion instanceof Completion.BatchEnded ended) {
      scheduler.ended(ended);
      if (ended.fault() != null) {
        String model = ended.batch().window().model().spec().name();
        throw new IllegalStateException("model " + model + " broke the job", ended.fault());
      }
    }
  }

  /** Whether a report counts: not where the row was taken back from the batch before. */
  private static boolean release(Row row, BatchRun batch) {
    if (row.run == batch) {
      row.run = null;
      return true;
    }
    if (!batch.isDeprived()) {
      throw new IllegalStateException(
          "input %d of %s twice"
              .formatted(
                  row.prepared().getIndex(), row.request().prompt().getRequest().getRequestId()));
    }
    return false;
  }

  /** Takes back the rows of a batch that does not end. */
  private void takeBack(Completion.BatchGivenUp givenUp, long nowUs) {
    BatchRun batch = givenUp.batch();
    scheduler.ended(new Completion.BatchEnded(batch, givenUp.elapsedUs(), 0, false, null));
    for (Row row : batch.batch().rows()) {
      if (row.run != batch) {
        continue;
      }
      batch.deprive(row);
      if (givenUp.hung().contains(row)) {
        retry(RowFailure.hung(givenUp, row), nowUs);
      } else {
        putBack(row, nowUs);
      }
    }
  }

  /** To the others that wait; not at once, since what kept it from running may last. */
  private void putBack(Row row, long nowUs) {
    Window window = row.request().window;
    window.model().metrics().rowsRunning--;
    window.model().metrics().rowsWaiting++;
    window.pool().backOff(row, nowUs + window.model().spec().retry().delayMs(1) * 1_000);
  }

  private void retry(Completion.RowFailedForNow failed, long nowUs) {
    Row row = failed.row();
    row.failedOnce(failed.run(), failed.inferenceUs(), failed.suspect());
    row.request().answeredBy(failed.batch().engine().identity());
    Window window = row.request().window;
    RetrySpec retry = window.model().spec().retry();
    long deadlineUs = row.request().deadlineUs();
    long dueUs = nowUs + retry.delayMs(row.failed()) * 1_000;
    if (row.failed() >= retry.maxAttempts() || (deadlineUs > 0 && dueUs >= deadlineUs)) {
      fail(row, failed.code(), failed.message(), nowUs);
      return;
    }
    window.model().metrics().rowsRetried.inc();
    window.model().metrics().rowsRunning--;
    window.model().metrics().rowsWaiting++;
    window.pool().backOff(row, dueUs);
  }

  private void fail(Row row, FailureCode code, String message, long nowUs) {
    end(row, RowFailure.outcome(row, code, message, nowUs), nowUs);
  }

  private void end(Row row, RowOutcome outcome, long nowUs) {
    PendingRequest request = row.request();
    request.end(row, outcome);
    request.window.pace().ended(nowUs);
    WindowMetrics metrics = request.window.model().metrics();
    metrics.rowsRunning--;
    metrics.rowEnded(outcome);
    if (request.isAnswered()) {
      leave(request);
      if (request.window.isIdle()) {
        request.window.pace().pause(nowUs);
      }
    }
  }

  private void leave(PendingRequest request) {
    unfinished--;
    deadlines.remove(request);
    request.window.remove(request);
    if (request.isInState()) {
      store.remove(request.window.key(), request.number);
    }
    request.window.model().metrics().requestAnswered();
    answered.accept(request);
  }

  /** Requests that have not gone out. */
  long unfinished() {
    return unfinished;
  }

  /** Writes what a checkpoint needs and state does not hold yet. */
  void snapshot() {
    byKey.values().forEach(Window::snapshot);
  }

  /** No further request will come: nothing waits for company any more. */
  void endOfInput() {
    models.endOfInput();
  }

  void close() {
    scheduler.close();
    models.close();
  }
}
