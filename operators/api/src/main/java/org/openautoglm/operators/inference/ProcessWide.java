package org.openautoglm.operators.inference;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;

/**
 * Calls what starts threads that belong to the process and not to a job. A thread keeps the context
 * class loader of the thread that started it and the domains of the code that did; one that is
 * shared by all jobs of a TaskManager would keep the classes of the first as long as it lives.
 *
 * <p>So it is called by a thread of the JDK's, through a handle, with no class of a job on its
 * stack.
 */
public final class ProcessWide {

  private ProcessWide() {}

  /**
   * Calls and waits.
   *
   * @param handle a method or constructor without parameters, of a class that no job brings along
   * @return what it gives
   * @throws ExecutionException what it throws is the cause
   */
  public static Object call(MethodHandle handle) throws ExecutionException {
    ForkJoinPool pool = new ForkJoinPool(1);
    try {
      return pool.submit(callable(handle)).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ExecutionException(e);
    } finally {
      pool.shutdown();
    }
  }

  /**
   * Objects by name that all jobs of this process share: only of the JDK's own classes. Where
   * Flink's lib has no place for them, those of this job's class loader.
   */
  public static ConcurrentMap<String, Object> objects() {
    return Scope.OBJECTS;
  }

  private static final class Scope {
    private static final ConcurrentMap<String, Object> OBJECTS = find();

    @SuppressWarnings("unchecked") // As its class says.
    private static ConcurrentMap<String, Object> find() {
      try {
        return (ConcurrentMap<String, Object>)
            Class.forName("org.openautoglm.flink.process.ProcessScope")
                .getMethod("objects")
                .invoke(null);
      } catch (ReflectiveOperationException e) {
        return new ConcurrentHashMap<>();
      }
    }
  }

  private static Callable<?> callable(MethodHandle handle) {
    Thread thread = Thread.currentThread();
    ClassLoader job = thread.getContextClassLoader();
    // Where the class goes that stands between the two.
    thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
    try {
      return MethodHandleProxies.asInterfaceInstance(Callable.class, handle);
    } finally {
      thread.setContextClassLoader(job);
    }
  }
}
