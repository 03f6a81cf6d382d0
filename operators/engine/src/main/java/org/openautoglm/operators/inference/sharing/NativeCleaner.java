package org.openautoglm.operators.inference.sharing;

import com.sun.jna.Memory;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.ExecutionException;
import org.openautoglm.operators.inference.ProcessWide;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * JNA's cleaner thread, started as one of the process. JNA starts it with the first block of native
 * memory; it ends when nothing is left to clean, to be started again by whoever comes next. So the
 * first block is made here, and held as long as this class is.
 */
public final class NativeCleaner {
  private static final Logger LOG = LoggerFactory.getLogger(NativeCleaner.class);
  private static final long BYTES = 8;
  private static Object held;

  private NativeCleaner() {}

  /** Sees to it that the thread runs. To be called before any other use of JNA. */
  public static synchronized void start() {
    if (held != null) {
      return;
    }
    try {
      MethodHandle constructor =
          MethodHandles.publicLookup()
              .findConstructor(Memory.class, MethodType.methodType(void.class, long.class));
      held = ProcessWide.call(MethodHandles.insertArguments(constructor, 0, BYTES));
    } catch (ReflectiveOperationException | LinkageError | ExecutionException e) {
      LOG.warn("JNA's cleaner thread may keep this job's classes when the job has ended", e);
    }
  }
}
