package org.openautoglm.operators.batching;

import java.util.List;
import org.openautoglm.operators.inference.Cancellation;
import org.openautoglm.operators.inference.DeviceHealth;
import org.openautoglm.operators.inference.DeviceUnavailableException;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.InferenceEngine.RowSink;
import org.openautoglm.operators.inference.LaneClaim.Lane;
import org.openautoglm.operators.inference.RunWatch;
import org.openautoglm.operators.inference.RunWatch.Watch;

/**
 * What ends the runs of one batch from outside: its rows are wanted no more, or a run takes too
 * long. One that does not end even so is given up: its lane goes to another, and whatever its
 * thread reports later is nobody's.
 *
 * <p>The lane's thread runs; any thread may say that the batch is not wanted; the watch's thread
 * gives up.
 */
final class RunGuard {
  private final InferenceEngine engine;
  private final long timeoutMs;
  private final Runnable onGivenUp;
  private Cancellation present;
  private boolean unwanted;
  private volatile boolean givenUp;
  private volatile Lane lane;

  /**
   * @param timeoutMs how long a run may take, milliseconds; 0: as long as it likes
   * @param onGivenUp called by the watch's thread; must not block
   */
  RunGuard(InferenceEngine engine, long timeoutMs, Runnable onGivenUp) {
    this.engine = engine;
    this.timeoutMs = timeoutMs;
    this.onGivenUp = onGivenUp;
  }

  /** Says which lane the batch has, before it runs. */
  void on(Lane acquired) {
    lane = acquired;
  }

  /**
   * Runs rows, as {@link InferenceEngine#run}.
   *
   * @throws DeviceUnavailableException when it took too long, or was not begun
   */
  void run(List<EngineRow> rows, RowSink sink) throws Exception {
    DeviceHealth health = engine.device().health();
    health.enter();
    Cancellation cancellation = begin();
    if (timeoutMs == 0 || engine.watchesItsSteps()) {
      engine.run(rows, sink, cancellation);
      return;
    }
    Watch watch = RunWatch.SHARED.begin(timeoutMs, new TooLong(cancellation));
    try (watch) {
      engine.run(rows, sink, cancellation);
      health.ranWell();
    } catch (Throwable t) {
      if (watch.wasTooLong() && !isUnwanted()) {
        health.ranTooLong();
        throw DeviceUnavailableException.tooLong(engine.device().name(), timeoutMs);
      }
      throw t;
    }
  }

  private synchronized Cancellation begin() {
    present = new Cancellation();
    if (unwanted) {
      present.cancel();
    }
    return present;
  }

  /** Nobody waits for any row of the batch any more. */
  synchronized void unwanted() {
    unwanted = true;
    if (present != null) {
      present.cancel();
    }
  }

  synchronized boolean isUnwanted() {
    return unwanted;
  }

  /** Whether the lane's thread has nothing to report any more. */
  boolean isGivenUp() {
    return givenUp;
  }

  private final class TooLong implements RunWatch.Watched {
    private final Cancellation cancellation;

    TooLong(Cancellation cancellation) {
      this.cancellation = cancellation;
    }

    @Override
    public void terminate() {
      cancellation.cancel();
    }

    @Override
    public void giveUp() {
      givenUp = true;
      engine.device().health().ranTooLong();
      engine.gaveUp();
      engine.device().giveUp(lane);
      onGivenUp.run();
    }
  }
}
