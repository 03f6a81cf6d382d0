package org.openautoglm.operators.inference;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * A processor that runs batches, one for each lane at a time, shared by all subtasks of a process.
 *
 * <p>A lane is taken before a batch is picked, so that a batch is made of the rows that wait when
 * it can start, not of those that waited when it queued. Whoever finds no lane free leaves a
 * wake-up, which is called once, by the thread that frees a lane; it is a hint, and the woken tries
 * again.
 */
public final class Device {
  private final String name;
  private final int lanes;
  private final Executor executor;
  private final Set<Runnable> waiting = new LinkedHashSet<>();
  private int free;

  /**
   * @param name {@code cpu} or {@code cuda:N}
   * @param lanes batches that run side by side at full speed
   * @param executor runs them; has at least as many threads as there are lanes
   */
  public Device(String name, int lanes, Executor executor) {
    if (lanes < 1) {
      throw new IllegalArgumentException("a device needs a lane, not " + lanes);
    }
    this.name = name;
    this.lanes = lanes;
    this.free = lanes;
    this.executor = executor;
  }

  public String name() {
    return name;
  }

  public int lanes() {
    return lanes;
  }

  /**
   * Takes a lane, or leaves a wake-up and returns false. Leaving the same wake-up twice is leaving
   * it once.
   */
  public synchronized boolean tryAcquire(Runnable wakeUp) {
    if (free > 0) {
      free--;
      waiting.remove(wakeUp);
      return true;
    }
    waiting.add(wakeUp);
    return false;
  }

  /**
   * Runs work on a lane that the caller has acquired, and frees it afterwards, whatever happens.
   *
   * @throws RejectedExecutionException when the device has been shut down; the lane is free then
   */
  public void execute(Runnable work) {
    try {
      executor.execute(
          () -> {
            try {
              work.run();
            } finally {
              release();
            }
          });
    } catch (RejectedExecutionException e) {
      release();
      throw e;
    }
  }

  /** Gives back a lane that was not used. */
  public void release() {
    List<Runnable> woken;
    synchronized (this) {
      free++;
      woken = new ArrayList<>(waiting);
      waiting.clear();
    }
    woken.forEach(Runnable::run);
  }

  /** Takes back a wake-up, when its owner closes. */
  public synchronized void forget(Runnable wakeUp) {
    waiting.remove(wakeUp);
  }

  /** Lanes free at this moment. */
  public synchronized int freeLanes() {
    return free;
  }

  @Override
  public String toString() {
    return name;
  }
}
