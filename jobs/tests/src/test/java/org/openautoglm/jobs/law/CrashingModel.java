package org.openautoglm.jobs.law;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.openautoglm.operators.inference.Cancellation;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.ModelIdentity;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelProvider;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.inference.TaskContext;
import org.openautoglm.operators.inference.onnx.OnnxModelProvider;

/**
 * Real models on ONNX Runtime, which bring the job down now and then, as a fault of the process
 * would.
 */
final class CrashingModel implements ModelProvider {
  private static final long serialVersionUID = 1L;

  // Static, since operators get a copy of the provider: these are the test's handles on the running
  // job.
  private static final AtomicLong BEGUN = new AtomicLong();
  private static final AtomicLong ROWS_PER_CRASH = new AtomicLong(Long.MAX_VALUE);
  private static final AtomicInteger CRASHES = new AtomicInteger();
  private static final AtomicInteger RUNNING = new AtomicInteger();
  private static final AtomicInteger INTERRUPTED = new AtomicInteger();
  private static final AtomicBoolean CRASH_NEXT = new AtomicBoolean();

  /** Every engine that a lease was on. */
  private static final Set<InferenceEngine> ENGINES = ConcurrentHashMap.newKeySet();

  private final OnnxModelProvider provider = new OnnxModelProvider();

  /** Starts afresh, without crashes. */
  static void reset() {
    BEGUN.set(0);
    ROWS_PER_CRASH.set(Long.MAX_VALUE);
    CRASHES.set(0);
    RUNNING.set(0);
    INTERRUPTED.set(0);
    CRASH_NEXT.set(false);
    ENGINES.clear();
  }

  /** Fails the job with the next batch. */
  static void crashNext() {
    CRASH_NEXT.set(true);
  }

  /** How many engines the job had, one after the other. */
  static int enginesLoaded() {
    return ENGINES.size();
  }

  /** Fails the job every time so many more rows have begun. */
  static void crashEvery(long rows) {
    ROWS_PER_CRASH.set(rows);
  }

  /** How often the job was brought down. */
  static int crashes() {
    return CRASHES.get();
  }

  /** Rows that began, those that began again after a crash included. */
  static long begun() {
    return BEGUN.get();
  }

  /** Rows that were being answered when the job was brought down, of all crashes together. */
  static int interrupted() {
    return INTERRUPTED.get();
  }

  @Override
  public RowPreparer preparer(ModelSpec spec) throws ModelLoadException {
    return provider.preparer(spec);
  }

  @Override
  public EngineLease engines(ModelSpec spec, TaskContext task) throws ModelLoadException {
    EngineLease lease = provider.engines(spec, task);
    ENGINES.addAll(lease.engines());
    List<InferenceEngine> engines =
        lease.engines().stream().<InferenceEngine>map(Engine::new).toList();
    return new EngineLease() {
      @Override
      public List<InferenceEngine> engines() {
        return engines;
      }

      @Override
      public void close() {
        lease.close();
      }
    };
  }

  private record Engine(InferenceEngine engine) implements InferenceEngine {
    @Override
    public ModelIdentity identity() {
      return engine.identity();
    }

    @Override
    public Device device() {
      return engine.device();
    }

    @Override
    public int maxIndependentRows() {
      return engine.maxIndependentRows();
    }

    @Override
    public Map<String, LongSupplier> gauges() {
      return engine.gauges();
    }

    @Override
    public boolean watchesItsSteps() {
      return engine.watchesItsSteps();
    }

    @Override
    public void gaveUp() {
      engine.gaveUp();
    }

    @Override
    public void run(List<EngineRow> rows, RowSink sink) throws Exception {
      run(rows, sink, new Cancellation());
    }

    @Override
    public void run(List<EngineRow> rows, RowSink sink, Cancellation cancellation)
        throws Exception {
      if (BEGUN.addAndGet(rows.size()) % ROWS_PER_CRASH.get() == 0
          || CRASH_NEXT.compareAndSet(true, false)) {
        CRASHES.incrementAndGet();
        INTERRUPTED.addAndGet(RUNNING.get());
        throw new LinkageError("a fault of the process, on purpose");
      }
      RUNNING.incrementAndGet();
      try {
        engine.run(rows, sink, cancellation);
      } finally {
        RUNNING.decrementAndGet();
      }
    }
  }
}
