package org.openautoglm.operators.inference.onnx;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.sharing.SharedPool.Loader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads on a thread of its own, so that a task that waits for it can be cancelled at once: reading,
 * converting and opening a model take minutes and hear no interrupt, and a task that does not end
 * ends its task manager.
 *
 * <p>What nobody waits for any more goes on to its end, and what it gives is closed then: where the
 * model is kept after its last use, it is there for the next attempt, which meanwhile waits for the
 * same loading. When the job's classes are released, such loadings are interrupted, which ends
 * those that read or write files.
 */
final class Loading {
  private static final Logger LOG = LoggerFactory.getLogger(Loading.class);

  /** Threads whose result nobody waits for. */
  private static final Set<Thread> ABANDONED = ConcurrentHashMap.newKeySet();

  private Loading() {}

  /**
   * Loads and waits.
   *
   * @param model its name, for thread, log and messages
   * @throws ModelLoadException the loader's, or because this thread was interrupted, as which it
   *     stays marked
   */
  static <T extends AutoCloseable> T await(String model, Loader<T> loader)
      throws ModelLoadException {
    CompletableFuture<T> loaded = new CompletableFuture<>();
    Thread thread = new Thread(() -> load(model, loader, loaded), "autoglm-load-" + model);
    thread.setDaemon(true);
    thread.start();
    try {
      return loaded.get();
    } catch (InterruptedException e) {
      abandon(model, thread, loaded, e);
      Thread.currentThread().interrupt();
      throw new ModelLoadException("interrupted while model " + model + " was loaded", e);
    } catch (ExecutionException e) {
      throw failure(model, e.getCause());
    }
  }

  private static <T extends AutoCloseable> void load(
      String model, Loader<T> loader, CompletableFuture<T> loaded) {
    try {
      T value = loader.load();
      if (!loaded.complete(value)) {
        LOG.info("Model {} is loaded, after whoever waited for it was cancelled", model);
        value.close();
      }
    } catch (Throwable t) { // Not to be lost on a thread that nobody watches.
      if (!loaded.completeExceptionally(t)) {
        LOG.info("Model {} was not loaded, after whoever waited for it was cancelled", model, t);
      }
    } finally {
      ABANDONED.remove(Thread.currentThread());
    }
  }

  private static <T extends AutoCloseable> void abandon(
      String model, Thread thread, CompletableFuture<T> loaded, InterruptedException reason) {
    ABANDONED.add(thread);
    if (!loaded.completeExceptionally(reason)) {
      // It ended at the same moment.
      ABANDONED.remove(thread);
      if (!loaded.isCompletedExceptionally()) {
        close(model, loaded.join());
      }
    }
  }

  private static void close(String model, AutoCloseable value) {
    try {
      value.close();
    } catch (Exception e) {
      LOG.warn("Model {} did not close", model, e);
    }
  }

  private static ModelLoadException failure(String model, Throwable cause) {
    if (cause instanceof ModelLoadException e) {
      return e;
    }
    if (cause instanceof Error e) {
      throw e;
    }
    throw new IllegalStateException("model " + model + " could not be loaded", cause);
  }

  /** Interrupts what nobody waits for: its classes are about to go. */
  static void interruptAbandoned() {
    ABANDONED.forEach(Thread::interrupt);
  }
}
