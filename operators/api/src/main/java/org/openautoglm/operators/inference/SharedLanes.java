package org.openautoglm.operators.inference;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many lanes of a device are free, for all jobs of a process: each has a {@link Device} of its
 * own classes for it. Holds only objects of the JDK's classes, and a job's call only while that job
 * may want a lane. Thread-safe.
 *
 * @param free lanes that nobody has
 * @param wakes one for each job that may want a lane
 */
record SharedLanes(AtomicInteger free, Set<Runnable> wakes) {

  /** Lanes that no other job knows of. */
  static SharedLanes alone(int lanes) {
    return new SharedLanes(new AtomicInteger(lanes), ConcurrentHashMap.newKeySet());
  }

  /** The lanes of a processor of this process. */
  @SuppressWarnings("unchecked") // Nobody else uses these names.
  static SharedLanes ofProcess(String device, int lanes) {
    String name = "autoglm lanes of " + device;
    return new SharedLanes(
        (AtomicInteger)
            ProcessWide.objects().computeIfAbsent(name, key -> new AtomicInteger(lanes)),
        (Set<Runnable>)
            ProcessWide.objects()
                .computeIfAbsent(name + ", wakes", key -> ConcurrentHashMap.newKeySet()));
  }

  int count() {
    return free.get();
  }

  /** Takes a lane if there is one. */
  boolean tryTake() {
    int now = free.get();
    while (now > 0 && !free.compareAndSet(now, now - 1)) {
      now = free.get();
    }
    return now > 0;
  }

  /** Gives a lane back; the other jobs look again. */
  void give(Runnable own) {
    free.incrementAndGet();
    for (Runnable wake : wakes) {
      if (wake != own) {
        wake.run();
      }
    }
  }
}
