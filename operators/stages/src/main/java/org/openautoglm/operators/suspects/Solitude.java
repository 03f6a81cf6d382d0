package org.openautoglm.operators.suspects;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.openautoglm.operators.inference.ProcessWide;
import org.openautoglm.operators.inference.RunWatch;

/**
 * Keeps everything else in this process out of the way while a suspect is in hand, so that an end
 * of the process names it. What is in hand takes one permit, a suspect all of them; whoever waits
 * longest comes first, so between two suspects the others get on.
 *
 * <p>A suspect has the process to itself for {@link #SLICE} at most and then goes on beside the
 * others, and all of those that were in hand once have {@link #BUDGET} after each end: most are
 * innocent, and may take long. Of what is left after that an end tells less. A record that was in
 * hand at several ends is one of few; it has four times as long with each, and needs no budget.
 *
 * <p>Thread-safe. The permits are of the process, for all of its jobs.
 */
final class Solitude {
  private static final Duration SLICE = Duration.ofSeconds(10);
  private static final Duration SLICE_MAX = Duration.ofMinutes(10);
  private static final Duration BUDGET = Duration.ofMinutes(1);
  private static final int ALL = Integer.MAX_VALUE;

  /** Longer than anybody is alone. */
  private static final Duration COMPANY_PATIENCE = SLICE_MAX.plusMinutes(1);

  /** Of this process: two suspects at a time, and nobody knew which of them it was. */
  static final Solitude SHARED =
      new Solitude(
          (Semaphore)
              ProcessWide.objects()
                  .computeIfAbsent("autoglm solitude", name -> new Semaphore(ALL, true)),
          SLICE,
          BUDGET);

  private final Semaphore permits;
  private final Duration slice;
  private final Duration budget;
  private Instant budgetOf = Instant.EPOCH;
  private long spentNanos;

  private Solitude(Semaphore permits, Duration slice, Duration budget) {
    this.permits = permits;
    this.slice = slice;
    this.budget = budget;
  }

  /** Not that of the process, for tests. */
  static Solitude of(Duration slice, Duration budget) {
    return new Solitude(new Semaphore(ALL, true), slice, budget);
  }

  /** Whether a suspect is to be alone. */
  synchronized boolean isFor(Past past) {
    if (!onBudget(past)) {
      return true;
    }
    if (past.last().isAfter(budgetOf)) {
      budgetOf = past.last();
      spentNanos = 0;
    }
    return spentNanos < budget.toNanos();
  }

  private static boolean onBudget(Past past) {
    return past.ends() == 1;
  }

  private synchronized void spend(long nanos) {
    spentNanos += nanos;
  }

  /** Waits until nobody is alone. */
  Stay company() throws InterruptedException {
    return permits.tryAcquire(1, 0, TimeUnit.NANOSECONDS)
        ? new Stay(1, false, false)
        : waitForCompany();
  }

  private Stay waitForCompany() throws InterruptedException {
    boolean admitted = permits.tryAcquire(1, COMPANY_PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    return new Stay(admitted ? 1 : 0, true, false);
  }

  /** Waits until nothing else is in hand, but not for ever. */
  Stay alone(Past past) throws InterruptedException {
    long startNanos = System.nanoTime();
    long sliceNanos = sliceNanos(past);
    if (!permits.tryAcquire(ALL, sliceNanos, TimeUnit.NANOSECONDS)) {
      if (onBudget(past)) {
        spend(System.nanoTime() - startNanos);
      }
      return waitForCompany();
    }
    Stay stay = new Stay(ALL, true, onBudget(past));
    stay.watch = RunWatch.SHARED.begin(TimeUnit.NANOSECONDS.toMillis(sliceNanos), stay);
    return stay;
  }

  private long sliceNanos(Past past) {
    int growth = Math.min(2 * (past.ends() - 1), Long.SIZE / 4);
    return Math.min(SLICE_MAX.toNanos(), slice.toNanos() << growth);
  }

  /** Somebody's time among the others, or without them. Ended by its own thread. */
  final class Stay implements AutoCloseable, RunWatch.Watched {
    private final AtomicInteger held;
    private final boolean waited;
    private final boolean onBudget;
    private final long startNanos = System.nanoTime();
    private RunWatch.Watch watch;

    private Stay(int held, boolean waited, boolean onBudget) {
      this.held = new AtomicInteger(held);
      this.waited = waited;
      this.onBudget = onBudget;
    }

    /** Whether it may have taken time to begin. */
    boolean hasWaited() {
      return waited;
    }

    /** Its time alone is over: from now on beside the others. */
    @Override
    public void terminate() {
      release(1);
    }

    @Override
    public void giveUp() {
      release(1);
    }

    /** Nobody waits for it any more; any thread. */
    void leave() {
      release(0);
    }

    private void release(int keep) {
      int had = held.getAndUpdate(now -> Math.min(now, keep));
      if (had <= keep) {
        return;
      }
      if (had == ALL && onBudget) {
        spend(System.nanoTime() - startNanos);
      }
      permits.release(had - keep);
    }

    @Override
    public void close() {
      if (watch != null) {
        watch.close();
      }
      release(0);
    }
  }
}
