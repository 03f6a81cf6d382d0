package org.openautoglm.operators.inference;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a device is worth sending work to. After a run that took too long, other devices are
 * preferred for a minute. Several such runs, one after the other, take it out of service; then one
 * run a minute tries it again, and one that ends well brings it back. A run that does not even end
 * when it is told to keeps its thread and whatever it computes with; of these only so many are
 * borne, and no more is tried until one of them has come back.
 *
 * <p>Thread-safe. Once for each device of a process, whatever the model.
 */
public final class DeviceHealth {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceHealth.class);

  /** More than the attempts that a row has, so that one bad row alone takes no device out. */
  static final int TOO_LONG_MAX = 5;

  static final int STUCK_MAX = 4;
  static final long REST_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final String device;
  private final LongSupplier nanoClock;
  private volatile int tooLongInARow;
  private long tooLong;
  private volatile int stuck;
  private long nextTryNanos;
  private volatile boolean out;

  public DeviceHealth(String device) {
    this(device, System::nanoTime);
  }

  /**
   * @param nanoClock as {@link System#nanoTime}
   */
  DeviceHealth(String device, LongSupplier nanoClock) {
    this.device = device;
    this.nanoClock = nanoClock;
  }

  /** Whose health it is. */
  public String device() {
    return device;
  }

  /** What work a device should get. */
  public enum Grade {
    /** None: it would be refused. */
    OUT_OF_SERVICE,
    /** None that another device can do: its last run took too long. */
    DOUBTFUL,
    /** Any: nothing is known against it, or it has rested for long enough to be tried again. */
    SOUND
  }

  public Grade grade() {
    if (tooLongInARow == 0 && !out) {
      return Grade.SOUND;
    }
    if (mayTry()) {
      return Grade.SOUND;
    }
    return out ? Grade.OUT_OF_SERVICE : Grade.DOUBTFUL;
  }

  private synchronized boolean mayTry() {
    return stuck < STUCK_MAX && nanoClock.getAsLong() - nextTryNanos >= 0;
  }

  /**
   * Lets a run through, or does not.
   *
   * @throws DeviceUnavailableException where the device is out of service
   */
  public void enter() throws DeviceUnavailableException {
    if (!out) {
      return;
    }
    synchronized (this) {
      if (out && !mayTry()) {
        throw DeviceUnavailableException.outOfService(device);
      }
      nextTryNanos = nanoClock.getAsLong() + REST_NANOS;
    }
  }

  /** A run ended by itself. */
  public void ranWell() {
    if (tooLongInARow == 0) {
      return;
    }
    synchronized (this) {
      tooLongInARow = 0;
      if (out && stuck < STUCK_MAX) {
        out = false;
        LOG.info("Device {} is in service again: a run on it has ended well", device);
      }
    }
  }

  /** A run took too long. */
  public synchronized void ranTooLong() {
    tooLong++;
    tooLongInARow++;
    nextTryNanos = nanoClock.getAsLong() + REST_NANOS;
    if (tooLongInARow >= TOO_LONG_MAX) {
      takeOut(tooLongInARow + " runs in a row took longer than inference.timeout");
    }
  }

  /** A run that took too long did not end when it was told to; it is left to itself. */
  public synchronized void gotStuck() {
    stuck++;
    nextTryNanos = nanoClock.getAsLong() + REST_NANOS;
    LOG.warn(
        "A run on device {} does not end; its thread is left to itself, and another takes its"
            + " place. Such runs: {}",
        device,
        stuck);
    if (stuck >= STUCK_MAX) {
      takeOut(stuck + " runs on it do not end at all");
    }
  }

  /** Such a run has ended after all. */
  public synchronized void cameBack() {
    stuck--;
    LOG.info("A run on device {} that was given up has ended. Others: {}", device, stuck);
  }

  private void takeOut(String why) {
    if (!out) {
      out = true;
      LOG.error(
          "Device {} is out of service: {}. It is tried again from time to time, but a device that"
              + " stays like this needs its process started again, or its machine.",
          device,
          why);
    }
  }

  /** What is to be seen of it: numbers by name, read at any time by any thread. */
  public Map<String, LongSupplier> gauges() {
    return Map.of(
        "outOfService", () -> out ? 1 : 0, "runsTooLong", this::tooLong, "runsStuck", () -> stuck);
  }

  private synchronized long tooLong() {
    return tooLong;
  }
}
