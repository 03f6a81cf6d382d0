package org.openautoglm.operators.batching;

import org.openautoglm.operators.inference.Device;

/**
 * A subtask's way to the lanes of one device: remembers that it has left a wake-up there, so that a
 * busy device is not asked again for every row that comes.
 */
final class LaneGate implements Runnable {
  private final Device device;
  private final Runnable onFree;
  private volatile boolean waiting;

  /**
   * @param onFree called by whichever thread frees a lane that was wanted; must not block
   */
  LaneGate(Device device, Runnable onFree) {
    this.device = device;
    this.onFree = onFree;
  }

  Device device() {
    return device;
  }

  /** Whether asking for a lane may succeed. */
  boolean mayBeFree() {
    return !waiting;
  }

  /** Takes a lane, or sees to it that {@code onFree} is called when there may be one. */
  boolean tryAcquire() {
    if (waiting) {
      return false;
    }
    // Set first: the wake-up may come before tryAcquire has returned.
    waiting = true;
    if (device.tryAcquire(this)) {
      waiting = false;
      return true;
    }
    return false;
  }

  /** The wake-up itself. */
  @Override
  public void run() {
    waiting = false;
    onFree.run();
  }

  void forget() {
    device.forget(this);
  }
}
