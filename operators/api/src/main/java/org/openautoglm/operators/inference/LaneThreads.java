package org.openautoglm.operators.inference;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of a device's lanes: as many as there are lanes, and one more for each whose run does
 * not end. They end when they are idle, so that they hold no job's classes. Thread-safe.
 */
public final class LaneThreads implements Executor {
  private static final long IDLE_SECONDS = 10;

  private final ThreadPoolExecutor threads;

  /**
   * @param name what the threads are called, with a number behind it
   * @param lanes how many run side by side
   */
  public LaneThreads(String name, int lanes) {
    AtomicInteger started = new AtomicInteger();
    threads =
        new ThreadPoolExecutor(
            lanes,
            lanes,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            work -> {
              Thread thread = new Thread(work, name + "-" + started.getAndIncrement());
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
  }

  @Override
  public void execute(Runnable work) {
    threads.execute(work);
  }

  /** A thread does not come back from its work: another takes its place. */
  synchronized void lost() {
    threads.setMaximumPoolSize(threads.getMaximumPoolSize() + 1);
    threads.setCorePoolSize(threads.getCorePoolSize() + 1);
  }

  /** It did come back. */
  synchronized void returned() {
    threads.setCorePoolSize(threads.getCorePoolSize() - 1);
    threads.setMaximumPoolSize(threads.getMaximumPoolSize() - 1);
  }
}
