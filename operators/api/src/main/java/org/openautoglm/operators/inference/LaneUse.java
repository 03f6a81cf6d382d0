package org.openautoglm.operators.inference;

/**
 * How much of its lanes' time a device was in use over the last minute, whatever it was used by.
 * Guarded by its device's lock.
 */
final class LaneUse {
  private static final int SAMPLES = 60;
  private static final long SAMPLE_NANOS = 1_000_000_000L;

  private final int lanes;
  private final long[] times = new long[SAMPLES];
  private final long[] used = new long[SAMPLES];
  private int samples;
  private long usedNanos;
  private int inUse;
  private long changedNanos;

  LaneUse(int lanes, long nowNanos) {
    this.lanes = lanes;
    this.changedNanos = nowNanos;
    sample(nowNanos);
  }

  /** So many lanes are in use from now on. */
  void change(int lanesInUse, long nowNanos) {
    usedNanos += inUse * (nowNanos - changedNanos);
    inUse = lanesInUse;
    changedNanos = nowNanos;
    if (nowNanos - times[(samples - 1) % SAMPLES] >= SAMPLE_NANOS) {
      sample(nowNanos);
    }
  }

  private void sample(long nowNanos) {
    times[samples % SAMPLES] = nowNanos;
    used[samples % SAMPLES] = usedNanos;
    samples++;
  }

  /** From 0 to 1; over at least the last second. */
  double share(long nowNanos) {
    change(inUse, nowNanos);
    int oldest = samples <= SAMPLES ? 0 : samples % SAMPLES;
    long elapsed = nowNanos - times[oldest];
    return elapsed <= 0 ? 0 : (double) (usedNanos - used[oldest]) / elapsed / lanes;
  }
}
