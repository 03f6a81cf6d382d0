package org.openautoglm.operators.inference;

/**
 * One user's way to a device's lanes: a subtask's, for one model. Made by {@link Device#claim}. It
 * asks for lanes one by one; where it gets none, it is woken when there may be one, and then either
 * asks again or declines, so that whoever comes after it need not wait for it. Any thread.
 */
public final class LaneClaim {
  private final Device device;
  final LaneShare share;
  final int lanesMax;
  final Runnable wakeUp;

  // Guarded by the device's lock.
  boolean waiting;
  boolean woken;
  long wokenNanos;

  LaneClaim(Device device, LaneShare share, int lanesMax, Runnable wakeUp) {
    this.device = device;
    this.share = share;
    this.lanesMax = lanesMax;
    this.wakeUp = wakeUp;
  }

  /** A lane that is held, to be given to {@link Device#execute} or back. */
  public static final class Lane {
    final LaneShare share;
    final long startedNanos;
    final long expectedNanos;

    // Guarded by the device's lock.
    boolean ended;
    boolean givenUp;

    Lane(LaneShare share, long startedNanos, long expectedNanos) {
      this.share = share;
      this.startedNanos = startedNanos;
      this.expectedNanos = expectedNanos;
    }
  }

  /**
   * Takes a lane, or sees to it that the wake-up is called, and returns null.
   *
   * @param expectedUs how long it is expected to be held, microseconds; 0 while nobody knows
   */
  public Lane tryAcquire(long expectedUs) {
    return device.tryAcquire(this, 1_000 * expectedUs);
  }

  /** Wants no lane for now, though it was woken. */
  public void decline() {
    device.decline(this);
  }

  /** What this claim's model has had of the device, nanoseconds of lane time. */
  public long hadNanos() {
    return device.hadNanos(this);
  }

  /** Asks no more. */
  public void close() {
    device.close(this);
  }
}
