package org.openautoglm.operators.inference;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.openautoglm.operators.inference.LaneClaim.Lane;

/**
 * A processor that runs batches, one for each lane at a time, shared by all subtasks of a process.
 *
 * <p>A lane is taken before a batch is picked, so that a batch is made of the rows that wait when
 * it can start, not of those that waited when it queued. Whoever finds no lane free is woken by the
 * thread that frees one; all are, because a single chosen one might be stuck behind a full output.
 *
 * <p><b>Fair between models.</b> Of those that want a lane, the one whose model has had least of
 * this device's time comes first, see {@link LaneShare}: a model with a backlog, or with long
 * batches, leaves the others their share. One that was woken has a moment to come before a lane
 * that is meant for it goes to another.
 *
 * <p>The jobs of a process share the lanes of its processors, though each has such an object of its
 * own classes; between jobs, whoever comes first has the lane.
 *
 * <p>A lane whose run does not end can be given up: another takes its place, and the run's thread
 * frees nothing when it comes back in the end.
 */
public final class Device {
  /** A task thread that does not come within this time is busy with something else. */
  static final long GRACE_NANOS = 5_000_000;

  private final String name;
  private final int lanes;
  private final Executor executor;
  private final LongSupplier clock;
  private final DeviceHealth health;
  private final LaneUse use;
  private final Map<String, LaneShare> shares = new HashMap<>();

  /** Those that found no lane, and those that were woken and have not come. */
  private final Set<LaneClaim> queue = new LinkedHashSet<>();

  private final SharedLanes free;
  private final Runnable wakeOthers = this::wake;
  private int claims;
  private long presentTag;
  private boolean alarmSet;

  /**
   * @param name {@code cpu} or {@code cuda:N}
   * @param lanes batches that run side by side at full speed
   * @param executor runs them; has at least as many threads as there are lanes
   */
  public Device(String name, int lanes, Executor executor) {
    this(name, lanes, executor, new DeviceHealth(name));
  }

  /**
   * @param name {@code cpu} or {@code cuda:N}
   * @param lanes batches that run side by side at full speed
   * @param executor runs them; {@link LaneThreads} where lanes may be given up
   * @param health of the processor, which several such objects may stand for
   */
  public Device(String name, int lanes, Executor executor, DeviceHealth health) {
    this(name, lanes, SharedLanes.alone(lanes), executor, health, System::nanoTime);
  }

  /**
   * @param clock nanoseconds, for tests
   */
  Device(String name, int lanes, Executor executor, LongSupplier clock) {
    this(name, lanes, SharedLanes.alone(lanes), executor, new DeviceHealth(name), clock);
  }

  /**
   * A processor of this process, whose lanes all jobs of the process share.
   *
   * @param health of the processor, which other such objects may stand for, too
   */
  public static Device ofProcess(String name, int lanes, Executor executor, DeviceHealth health) {
    SharedLanes shared = SharedLanes.ofProcess(name, lanes);
    return new Device(name, lanes, shared, executor, health, System::nanoTime);
  }

  Device(
      String name,
      int lanes,
      SharedLanes free,
      Executor executor,
      DeviceHealth health,
      LongSupplier clock) {
    if (lanes < 1) {
      throw new IllegalArgumentException("a device needs a lane, not " + lanes);
    }
    this.name = name;
    this.lanes = lanes;
    this.free = free;
    this.executor = executor;
    this.health = health;
    this.clock = clock;
    this.use = new LaneUse(lanes, clock.getAsLong());
  }

  public String name() {
    return name;
  }

  public int lanes() {
    return lanes;
  }

  public DeviceHealth health() {
    return health;
  }

  /**
   * A way to this device's lanes.
   *
   * @param model whose time it is; claims of the same name share it
   * @param lanesMax so many lanes of the device are in use at most when this one takes one
   * @param wakeUp called by whichever thread frees a lane that was wanted; a hint, must not block
   */
  public synchronized LaneClaim claim(String model, int lanesMax, Runnable wakeUp) {
    LaneShare share = shares.computeIfAbsent(model, LaneShare::new);
    share.claims(1);
    if (claims++ == 0) {
      free.wakes().add(wakeOthers);
    }
    return new LaneClaim(this, share, lanesMax, wakeUp);
  }

  Lane tryAcquire(LaneClaim claim, long expectedNanos) {
    Lane lane = null;
    List<LaneClaim> woken = List.of();
    synchronized (this) {
      long now = clock.getAsLong();
      if (!queue.contains(claim)) {
        claim.share.catchUp(presentTag, now);
      }
      claim.woken = false;
      if (mayTake(claim) && free.count() > ahead(claim, now) && free.tryTake()) {
        presentTag = Math.max(presentTag, claim.share.hadNanos(now));
        lane = new Lane(claim.share, now, expectedNanos);
        claim.share.started(now, expectedNanos);
        claim.waiting = false;
        queue.remove(claim);
        use.change(lanes - free.count(), now);
        woken = wakeWaiting(now);
      } else {
        claim.waiting = true;
        queue.add(claim);
        setAlarm();
      }
    }
    woken.forEach(next -> next.wakeUp.run());
    return lane;
  }

  private boolean mayTake(LaneClaim claim) {
    int now = free.count();
    return now > 0 && lanes - now < claim.lanesMax;
  }

  /** Those for whom a lane is kept for a moment. */
  private int ahead(LaneClaim claim, long now) {
    int ahead = 0;
    for (LaneClaim other : queue) {
      if (other != claim
          && other.woken
          && now - other.wokenNanos < GRACE_NANOS
          && other.share.hadNanos(now) < claim.share.hadNanos(now)) {
        ahead++;
      }
    }
    return ahead;
  }

  /** Marks those that may find a lane now. The caller wakes them, outside the lock. */
  private List<LaneClaim> wakeWaiting(long now) {
    List<LaneClaim> woken = new ArrayList<>();
    for (LaneClaim claim : queue) {
      if (claim.waiting && mayTake(claim)) {
        claim.waiting = false;
        claim.woken = true;
        claim.wokenNanos = now;
        woken.add(claim);
      }
    }
    return woken;
  }

  /** While a lane is free and kept for one that does not come, somebody must look again. */
  private void setAlarm() {
    if (free.count() > 0 && !alarmSet) {
      alarmSet = true;
      CompletableFuture.delayedExecutor(GRACE_NANOS, TimeUnit.NANOSECONDS).execute(this::alarm);
    }
  }

  private void alarm() {
    synchronized (this) {
      alarmSet = false;
    }
    wake();
  }

  private void wake() {
    List<LaneClaim> woken;
    synchronized (this) {
      woken = wakeWaiting(clock.getAsLong());
    }
    woken.forEach(next -> next.wakeUp.run());
  }

  void decline(LaneClaim claim) {
    synchronized (this) {
      claim.woken = false;
      claim.waiting = false;
      queue.remove(claim);
    }
    wake();
  }

  void close(LaneClaim claim) {
    synchronized (this) {
      if (claim.share.claims(-1) == 0) {
        shares.remove(claim.share.name());
      }
      if (--claims == 0) {
        free.wakes().remove(wakeOthers);
      }
    }
    decline(claim);
  }

  synchronized long hadNanos(LaneClaim claim) {
    return claim.share.hadNanos(clock.getAsLong());
  }

  /**
   * Runs work on a lane that the caller has acquired, and frees it afterwards, whatever happens.
   *
   * @throws RejectedExecutionException when the device has been shut down; the lane is free then
   */
  public void execute(Lane lane, Runnable work) {
    try {
      executor.execute(
          () -> {
            try {
              work.run();
            } finally {
              end(lane);
            }
          });
    } catch (RejectedExecutionException e) {
      release(lane);
      throw e;
    }
  }

  private void end(Lane lane) {
    boolean givenUp;
    synchronized (this) {
      lane.ended = true;
      givenUp = lane.givenUp;
    }
    if (!givenUp) {
      release(lane);
      return;
    }
    health.cameBack();
    if (executor instanceof LaneThreads threads) {
      threads.returned();
    }
  }

  /** Puts another lane in the place of one whose work does not end. Any thread. */
  public void giveUp(Lane lane) {
    synchronized (this) {
      if (lane.ended || lane.givenUp) {
        return;
      }
      lane.givenUp = true;
    }
    health.gotStuck();
    if (executor instanceof LaneThreads threads) {
      threads.lost();
    }
    release(lane);
  }

  /** Gives back a lane. */
  public void release(Lane lane) {
    synchronized (this) {
      long now = clock.getAsLong();
      lane.share.ended(lane.startedNanos, lane.expectedNanos, now);
      use.change(lanes - free.count() - 1, now);
    }
    // Outside the lock: other jobs have locks of their own.
    free.give(wakeOthers);
    wake();
  }

  /** Lanes free at this moment. */
  public int freeLanes() {
    return free.count();
  }

  /** The share of all lanes' time that was in use over the last minute, 0 to 1. */
  public synchronized double laneUse() {
    return use.share(clock.getAsLong());
  }

  @Override
  public String toString() {
    return name;
  }
}
