package org.openautoglm.operators.testing;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;

/** Runs work when and where the test says, so that nothing in it depends on threads. */
public final class ManualExecutor implements Executor {
  private final ArrayDeque<Runnable> work = new ArrayDeque<>();

  @Override
  public synchronized void execute(Runnable command) {
    work.add(command);
  }

  /** How much work waits. */
  public synchronized int size() {
    return work.size();
  }

  /** Runs the oldest work, in this thread. Returns false when there is none. */
  public boolean runNext() {
    return run(true);
  }

  /** Runs the youngest work, in this thread. Returns false when there is none. */
  public boolean runLast() {
    return run(false);
  }

  private boolean run(boolean first) {
    Runnable next;
    synchronized (this) {
      next = first ? work.pollFirst() : work.pollLast();
    }
    if (next == null) {
      return false;
    }
    next.run();
    return true;
  }
}
