package org.openautoglm.operators.inference;

import java.util.concurrent.atomic.AtomicLong;
import org.openautoglm.schemas.wire.Coordinates;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs what Java code threw at one record, with the record's coordinates and the stack: a defect of
 * ours, although only that record pays for it. One in ten seconds of a process, and how many there
 * were beside it. Thread-safe.
 */
public final class FaultLog {
  private static final Logger LOG = LoggerFactory.getLogger(FaultLog.class);
  private static final long PAUSE_NS = 10_000_000_000L;

  private static final AtomicLong QUIET_UNTIL_NS = new AtomicLong(System.nanoTime());
  private static final AtomicLong UNTOLD = new AtomicLong();

  private FaultLog() {}

  /**
   * Logs it, unless another one has just been logged.
   *
   * @param during what was being done, such as {@code "preparing input 3"}
   */
  public static void record(Coordinates source, String during, Throwable thrown) {
    long nowNs = System.nanoTime();
    long untilNs = QUIET_UNTIL_NS.get();
    if (nowNs - untilNs < 0 || !QUIET_UNTIL_NS.compareAndSet(untilNs, nowNs + PAUSE_NS)) {
      UNTOLD.incrementAndGet();
      return;
    }
    long untold = UNTOLD.getAndSet(0);
    LOG.error(
        "Record {}-{}-{} failed alone while {}; it is answered with INTERNAL{}",
        source.getTopic(),
        source.getPartition(),
        source.getOffset(),
        during,
        untold == 0 ? "" : ", as were " + untold + " others since the last such line",
        thrown);
  }
}
