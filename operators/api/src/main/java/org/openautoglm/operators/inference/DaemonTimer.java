package org.openautoglm.operators.inference;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Makes timers of one thread that holds nothing back: neither a process from its end nor, once
 * nothing is planned any more, the classes of the job that it belongs to.
 */
public final class DaemonTimer {
  private static final long IDLE_SECONDS = 1;

  private DaemonTimer() {}

  /** A timer whose thread has this name, and is there only while something is planned. */
  public static ScheduledThreadPoolExecutor named(String name) {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1,
            work -> {
              Thread thread = new Thread(work, name);
              thread.setDaemon(true);
              return thread;
            });
    timer.setRemoveOnCancelPolicy(true);
    timer.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
    timer.allowCoreThreadTimeOut(true);
    return timer;
  }
}
