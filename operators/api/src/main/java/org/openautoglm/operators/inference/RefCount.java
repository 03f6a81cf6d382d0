package org.openautoglm.operators.inference;

/**
 * Counts who uses a native resource and frees it exactly once, when the last user has let go. Using
 * native memory after it was freed ends the process, so every use retains first. Thread-safe.
 */
public final class RefCount {
  private final Runnable free;
  private int users = 1;

  /**
   * @param free frees the resource; called by the thread that lets go last
   */
  public RefCount(Runnable free) {
    this.free = free;
  }

  /** Counts one user more, unless the resource is gone already. */
  public synchronized boolean tryRetain() {
    if (users == 0) {
      return false;
    }
    users++;
    return true;
  }

  /** Lets go. The creator's own use, counted from the start, ends with this too. */
  public void release() {
    synchronized (this) {
      if (users == 0) {
        throw new IllegalStateException("released more often than retained");
      }
      users--;
      if (users > 0) {
        return;
      }
    }
    free.run();
  }
}
