package org.openautoglm.operators.inference;

/**
 * Tells a run that is under way that nobody waits for it any more, or that it has taken too long.
 * One for each run. Thread-safe.
 */
public final class Cancellation {
  private Runnable hook;
  private boolean cancelled;

  /** What a run has hung on its cancellation. */
  public interface Hook extends AutoCloseable {
    /** Takes the hook off; once this has returned it is not called, nor being called. */
    @Override
    void close();
  }

  /** Asks the run to end early, whether it listens or not; asking twice is asking once. */
  public synchronized void cancel() {
    if (!cancelled) {
      cancelled = true;
      if (hook != null) {
        hook.run();
      }
    }
  }

  public synchronized boolean isCancelled() {
    return cancelled;
  }

  /**
   * Has this called when the run is to end, at once where that is so already. One hook at a time.
   *
   * @param call made by any thread; must be short
   */
  public synchronized Hook onCancel(Runnable call) {
    hook = call;
    if (cancelled) {
      call.run();
    }
    return this::unhook;
  }

  private synchronized void unhook() {
    hook = null;
  }
}
