package org.openautoglm.operators.inference;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Watches runs that must not take too long: one that does is told to end, again and again, and one
 * that has not ended some time later is given up. One thread of the process looks at all of them,
 * from time to time, as long as there are any; to begin and to end a watch costs next to nothing.
 */
public final class RunWatch {
  private static final long LOOK_MIN_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long LOOK_MAX_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** A run is looked at so many times before its time is up. */
  private static final int LOOKS = 8;

  private static final long GRACE_MIN_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long GRACE_MAX_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** Of this process, or of this job's classes in it. Behind what its constructor reads. */
  public static final RunWatch SHARED = new RunWatch(DaemonTimer.named("autoglm-run-watch"));

  private final ScheduledExecutorService timer;
  private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean looking = new AtomicBoolean();
  private volatile long everyNanos = LOOK_MAX_NANOS;

  RunWatch(ScheduledExecutorService timer) {
    this.timer = timer;
  }

  /** What to do about a run that takes too long. Called by the watch's thread; must not block. */
  public interface Watched {
    /** Tells the run to end. */
    void terminate();

    /** The run does not end. Called once, and nothing after it. */
    void giveUp();
  }

  /**
   * Begins to watch a run.
   *
   * @param timeoutMs how long it may take, milliseconds, 1 or more
   */
  public Watch begin(long timeoutMs, Watched watched) {
    long timeoutNanos = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    Watch watch = new Watch(this, watched, System.nanoTime(), timeoutNanos);
    watches.add(watch);
    long every = Math.max(LOOK_MIN_NANOS, Math.min(LOOK_MAX_NANOS, timeoutNanos / LOOKS));
    if (every < everyNanos) {
      everyNanos = every;
    }
    lookLater();
    return watch;
  }

  /** The time between two looks, while there is something to look at. */
  long everyNanos() {
    return everyNanos;
  }

  private void lookLater() {
    if (!looking.get() && looking.compareAndSet(false, true)) {
      var unused = timer.schedule(this::look, everyNanos, TimeUnit.NANOSECONDS);
    }
  }

  private void look() {
    long now = System.nanoTime();
    watches.forEach(watch -> watch.look(now));
    looking.set(false);
    if (!watches.isEmpty()) {
      lookLater();
    }
  }

  /** The watch over one run; ended by the run's own thread, whatever happened. */
  public static final class Watch implements AutoCloseable {
    private final RunWatch of;
    private final Watched watched;
    private final long startNanos;
    private final long timeoutNanos;
    private boolean tooLong;
    private boolean givenUp;
    private boolean ended;

    private Watch(RunWatch of, Watched watched, long startNanos, long timeoutNanos) {
      this.of = of;
      this.watched = watched;
      this.startNanos = startNanos;
      this.timeoutNanos = timeoutNanos;
    }

    private synchronized void look(long nowNanos) {
      long late = nowNanos - startNanos - timeoutNanos;
      if (ended || givenUp || late < 0) {
        return;
      }
      tooLong = true;
      long grace = Math.max(GRACE_MIN_NANOS, Math.min(GRACE_MAX_NANOS, timeoutNanos));
      if (late < grace) {
        watched.terminate();
      } else {
        givenUp = true;
        of.watches.remove(this);
        watched.giveUp();
      }
    }

    /** Whether the run was told to end. */
    public synchronized boolean wasTooLong() {
      return tooLong;
    }

    /** Whether nobody waits for the run any more. */
    public synchronized boolean wasGivenUp() {
      return givenUp;
    }

    /** Ends the watch: nothing is done about the run any more. */
    @Override
    public void close() {
      synchronized (this) {
        ended = true;
      }
      of.watches.remove(this);
    }
  }
}
