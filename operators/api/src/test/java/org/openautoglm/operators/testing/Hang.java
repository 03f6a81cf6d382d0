package org.openautoglm.operators.testing;

import java.util.concurrent.CountDownLatch;
import org.openautoglm.operators.inference.Cancellation;

/**
 * A run that does not end by itself: when it is told to, where it listens, or when it is let go.
 */
public final class Hang {
  private final boolean listens;
  private final CountDownLatch hanging = new CountDownLatch(1);
  private final CountDownLatch end = new CountDownLatch(1);

  private Hang(boolean listens) {
    this.listens = listens;
  }

  /** Ends when it is told to. */
  public static Hang listening() {
    return new Hang(true);
  }

  /** Ends only when it is let go. */
  public static Hang deaf() {
    return new Hang(false);
  }

  /** Hangs, and throws in the end as a terminated run does. */
  public void hang(Cancellation cancellation) {
    waitFor(cancellation);
    throw new IllegalStateException("the run was ended");
  }

  /** Hangs, and returns in the end. */
  @SuppressWarnings("try") // The hook only has to be taken off at the end.
  public void waitFor(Cancellation cancellation) {
    try (Cancellation.Hook hook = cancellation.onCancel(listens ? end::countDown : () -> {})) {
      hanging.countDown();
      end.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits until a run hangs. */
  public void awaitHanging() throws InterruptedException {
    hanging.await();
  }

  public void letGo() {
    end.countDown();
  }
}
