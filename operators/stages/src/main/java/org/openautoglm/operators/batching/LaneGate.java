package org.openautoglm.operators.batching;

import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.LaneClaim;

/**
 * A subtask's way to the lanes of one device for one model: remembers that it has left a wake-up
 * there, so that a busy device is not asked again for every row that comes.
 */
final class LaneGate {
  private final Device device;
  private final Runnable onFree;
  private final LaneClaim claim;
  private volatile boolean waiting;
  private volatile boolean woken;

  /**
   * @param model whose share of the device its batches use
   * @param lanesMax so many lanes of the device are in use at most when this one takes one
   * @param onFree called by whichever thread frees a lane that was wanted; must not block
   */
  LaneGate(Device device, String model, int lanesMax, Runnable onFree) {
    this.device = device;
    this.onFree = onFree;
    this.claim = device.claim(model, lanesMax, this::wake);
  }

  Device device() {
    return device;
  }

  /** Whether asking for a lane may succeed. */
  boolean mayBeFree() {
    return !waiting;
  }

  /**
   * Takes a lane, or sees to it that {@code onFree} is called when there may be one, and returns
   * null.
   */
  LaneClaim.Lane tryAcquire(long expectedUs) {
    if (waiting) {
      return null;
    }
    woken = false;
    // Set first: the wake-up may come before tryAcquire has returned.
    waiting = true;
    LaneClaim.Lane lane = claim.tryAcquire(expectedUs);
    if (lane != null) {
      waiting = false;
    }
    return lane;
  }

  private void wake() {
    woken = true;
    waiting = false;
    onFree.run();
  }

  /** After a round of picks: what was not asked for is not wanted, and others need not wait. */
  void declineUnlessAsked() {
    if (woken) {
      woken = false;
      claim.decline();
    }
  }

  /** What the model has had of the device, nanoseconds of lane time. */
  long hadNanos() {
    return claim.hadNanos();
  }

  void close() {
    claim.close();
  }
}
