package org.openautoglm.operators.batching;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.RetrySpec;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.PreparedPrompt;
import org.openautoglm.schemas.flow.RowOutcome;

/**
 * All windows of one subtask: requests come in, rows wait and run, requests go out when their last
 * row has ended. Plain Java; belongs to the task thread.
 *
 * <p>Every request that comes in goes out exactly once, unless {@link #complete} throws.
 */
final class Windows {
  private final Models models;
  private final Scheduler scheduler;
  private final Consumer<PendingRequest> answered;
  private final Map<String, Window> byKey = new HashMap<>();
  private final Deadlines deadlines = new Deadlines();
  private int unfinished;

  /**
   * @param answered takes each request that is done
   */
  Windows(Models models, Scheduler scheduler, Consumer<PendingRequest> answered) {
    this.models = models;
    this.scheduler = scheduler;
    this.answered = answered;
  }

  /** The window of a prompt, or null where its model is not configured. */
  Window of(PreparedPrompt prompt) throws ModelLoadException {
    Window window = byKey.get(prompt.getBatchKey());
    if (window == null) {
      LoadedModel model = models.get(prompt.getRequest().getModelId());
      if (model == null) {
        return null;
      }
      window = new Window(prompt.getBatchKey(), model);
      byKey.put(window.key(), window);
      scheduler.add(window, models.maxBatchesInFlight());
    }
    return window;
  }

  /** Takes a request in that has just come. */
  void enter(PendingRequest request, Window window, long nowUs) {
    window.model().metrics().requestIn(request);
    take(request, window, nowUs);
  }

  /** Takes a request in that was in a checkpoint. */
  void restore(PendingRequest request, Window window, long nowUs) {
    window.model().metrics().requestRestored(request);
    take(request, window, nowUs);
  }

  private void take(PendingRequest request, Window window, long nowUs) {
    unfinished++;
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
    models.renew();
    return Math.min(scheduler.dispatch(nowUs), deadlines.nextUs());
  }

  /** Ends the rows of a late request that wait; rows on a device go on. */
  private void expire(PendingRequest request, long nowUs) {
    for (int slot = 0; slot < request.rowCount(); slot++) {
      Row row = request.row(slot);
      if (row != null && (row.place == Row.Place.WAITING || row.place == Row.Place.BACKING_OFF)) {
        request.window.pool().remove(row, Row.Place.RUNNING);
        request.window.model().metrics().rowsWaiting--;
        request.window.model().metrics().rowsRunning++;
        fail(row, FailureCode.DEADLINE_EXCEEDED, RowFailure.deadline(row), nowUs);
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
      ended.row().request().answeredBy(ended.batch().engine().identity());
      end(ended.row(), ended.outcome());
    } else if (completion instanceof Completion.RowFailedForNow failed) {
      retry(failed, nowUs);
    } else if (completion instanceof Completion.BatchEnded ended) {
      scheduler.ended(ended);
      if (ended.fault() != null) {
        String model = ended.batch().window().model().spec().name();
        throw new IllegalStateException("model " + model + " broke the job", ended.fault());
      }
    }
  }

  private void retry(Completion.RowFailedForNow failed, long nowUs) {
    Row row = failed.row();
    row.failedOnce(failed.run(), failed.inferenceUs());
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
    end(row, RowFailure.outcome(row, code, message, nowUs));
  }

  private void end(Row row, RowOutcome outcome) {
    PendingRequest request = row.request();
    request.end(row, outcome);
    WindowMetrics metrics = request.window.model().metrics();
    metrics.rowsRunning--;
    metrics.rowEnded(outcome);
    if (request.isAnswered()) {
      leave(request);
    }
  }

  private void leave(PendingRequest request) {
    unfinished--;
    deadlines.remove(request);
    request.window.remove(request);
    request.window.model().metrics().requestAnswered();
    answered.accept(request);
  }

  /** Requests that have not gone out. */
  int unfinished() {
    return unfinished;
  }

  Collection<Window> all() {
    return byKey.values();
  }

  /** No further request will come: nothing waits for company any more. */
  void endOfInput() {
    models.endOfInput();
  }

  void close() {
    models.close();
  }
}
