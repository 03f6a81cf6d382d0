package org.openautoglm.operators.batching;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * The way from the lanes to the task thread. What a lane reports is handed over at once, so that a
 * row that ends early is answered early; a burst costs one mail, because no second one is sent
 * while the first has not been opened.
 */
final class Completions implements Consumer<Completion> {
  private final ConcurrentLinkedQueue<Completion> queue = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean mailSent = new AtomicBoolean();
  private final Runnable sendMail;
  private volatile boolean laneFreed;

  /**
   * @param sendMail makes the task thread call {@link #mailOpened} and then {@link #poll} until
   *     there is nothing left; any thread calls it
   */
  Completions(Runnable sendMail) {
    this.sendMail = sendMail;
  }

  /** Hands something over. Any thread. */
  @Override
  public void accept(Completion completion) {
    queue.add(completion);
    wake();
  }

  /** Tells of a lane that was wanted and is free now. Any thread. */
  void laneFreed() {
    laneFreed = true;
    wake();
  }

  /** Whether a lane was freed since the last time this was asked. Task thread. */
  boolean takeLaneFreed() {
    if (!laneFreed) {
      return false;
    }
    laneFreed = false;
    return true;
  }

  /** Makes the task thread look at the world again. Any thread. */
  void wake() {
    if (!mailSent.get() && mailSent.compareAndSet(false, true)) {
      sendMail.run();
    }
  }

  /** The task thread has the mail, and looks now. */
  void mailOpened() {
    mailSent.set(false);
  }

  /** The next completion, or null. Task thread. */
  Completion poll() {
    return queue.poll();
  }
}
