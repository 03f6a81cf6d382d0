package org.openautoglm.operators.batching;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;

/**
 * One alarm for everything that waits for a time: deadlines, lingering batches, backoffs. At most
 * one timer is set, for the earliest; when that was too early after all, whoever is called sets it
 * again. Belongs to the task thread.
 *
 * <p>Flink's timers need not fire while an operator ends its input, so from then on the alarm goes
 * off by other means, and time counts as having come as far as it was waited for.
 */
final class Alarm {
  private final ProcessingTimeService time;
  private final WindowClock clock;
  private final Runnable onTimer;
  private final Runnable wakeUp;
  private final AtomicLong reachedUs = new AtomicLong();
  private ScheduledFuture<?> timer;
  private long atUs = Long.MAX_VALUE;
  private boolean endOfInput;

  /**
   * @param onTimer called by the task thread
   * @param wakeUp called by any thread at the end of input; makes the task thread look at the clock
   */
  Alarm(ProcessingTimeService time, WindowClock clock, Runnable onTimer, Runnable wakeUp) {
    this.time = time;
    this.clock = clock;
    this.onTimer = onTimer;
    this.wakeUp = wakeUp;
  }

  /** Microseconds since the epoch. */
  long nowUs() {
    long now = clock.micros(time);
    return endOfInput ? Math.max(now, reachedUs.get()) : now;
  }

  /** Asks for a call at that time or before; {@link Long#MAX_VALUE} asks for none. */
  void at(long us) {
    if (endOfInput && atUs <= reachedUs.get()) {
      atUs = Long.MAX_VALUE;
    }
    if (us >= atUs) {
      return;
    }
    cancel();
    atUs = us;
    if (endOfInput) {
      wakeUpAt(us);
    } else {
      timer = time.registerTimer(Math.floorDiv(us + 999, 1_000L), timestamp -> fired());
    }
  }

  private void fired() {
    timer = null;
    atUs = Long.MAX_VALUE;
    onTimer.run();
  }

  private void wakeUpAt(long us) {
    long delayUs = Math.max(0, us - nowUs());
    CompletableFuture.delayedExecutor(delayUs, TimeUnit.MICROSECONDS)
        .execute(
            () -> {
              reachedUs.accumulateAndGet(us, Math::max);
              wakeUp.run();
            });
  }

  /** From here on without Flink's timers. Whoever calls asks for the next alarm anew. */
  void endOfInput() {
    cancel();
    atUs = Long.MAX_VALUE;
    endOfInput = true;
  }

  void cancel() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }
}
