package org.openautoglm.jobs.bench;

import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * Random moments at a mean pace, as of many independent clients (Poisson); the same in every run.
 */
final class Arrivals {
  private final Random random = new Random(3);
  private final double perSecond;
  private long nextNs = System.nanoTime();

  Arrivals(double perSecond) {
    this.perSecond = perSecond;
  }

  /** Waits for the next moment; returns at once where it has passed. */
  void awaitNext() {
    nextNs += (long) (-Math.log(1 - random.nextDouble()) / perSecond * 1e9);
    while (System.nanoTime() < nextNs) {
      LockSupport.parkNanos(nextNs - System.nanoTime());
    }
  }
}
