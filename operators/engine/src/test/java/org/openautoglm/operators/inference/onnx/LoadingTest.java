package org.openautoglm.operators.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.sharing.SharedPool.Loader;

class LoadingTest {
  private final CountDownLatch loading = new CountDownLatch(1);
  private final CountDownLatch mayEnd = new CountDownLatch(1);
  private final AtomicBoolean closed = new AtomicBoolean();
  private final AtomicReference<Throwable> thrown = new AtomicReference<>();
  private final AtomicBoolean interrupted = new AtomicBoolean();

  @Test
  void givesWhatIsLoaded() throws Exception {
    AutoCloseable thing = () -> {};
    assertThat(Loading.await("m", () -> thing)).isSameAs(thing);
  }

  @Test
  void throwsWhatTheLoaderThrows() {
    ModelLoadException missing = new ModelLoadException("missing");
    Loader<AutoCloseable> loader =
        () -> {
          throw missing;
        };
    assertThatThrownBy(() -> Loading.await("m", loader)).isSameAs(missing);
  }

  @Test
  void aCancelledTaskDoesNotWaitAndWhatItAskedForIsClosedInTheEnd() throws Exception {
    Thread task = new Thread(() -> wait(mayEnd));
    task.start();
    loading.await();
    task.interrupt();
    task.join();
    assertThat(thrown.get())
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("interrupted while model m was loaded");
    assertThat(interrupted).isTrue();
    assertThat(closed).isFalse();
    mayEnd.countDown();
    await().untilTrue(closed);
  }

  @Test
  void whatNobodyWaitsForIsInterruptedWhenItsClassesGo() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    Thread task = new Thread(() -> wait(never));
    task.start();
    loading.await();
    Loading.interruptAbandoned();
    assertThat(task.isAlive()).as("somebody still waits").isTrue();
    task.interrupt();
    task.join();
    Loading.interruptAbandoned();
    await().untilTrue(closed);
  }

  /** A task that loads what comes at the latch's end, or when it is interrupted. */
  private void wait(CountDownLatch end) {
    try {
      Loading.await(
          "m",
          () -> {
            loading.countDown();
            try {
              end.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            return (AutoCloseable) () -> closed.set(true);
          });
    } catch (Throwable t) {
      thrown.set(t);
      interrupted.set(Thread.currentThread().isInterrupted());
    }
  }
}
