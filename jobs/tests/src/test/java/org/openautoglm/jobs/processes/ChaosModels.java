package org.openautoglm.jobs.processes;

import java.io.File;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
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
 * Real models on ONNX Runtime in other processes, to which a file in a directory gives an order:
 * the engine that takes it away obeys, once. Poisoned rows do their harm.
 */
final class ChaosModels implements ModelProvider {
  private static final long serialVersionUID = 1L;

  /** Throws what no row can make it throw, so that the job restarts. */
  static final String FAIL = "fail";

  /** Does not return as long as the file {@link #HUNG} is there. */
  static final String HANG = "hang";

  static final String HUNG = "hung";

  private final OnnxModelProvider provider = new OnnxModelProvider();
  private final String orders;

  /**
   * Models that obey.
   *
   * @param orders a directory that every process sees
   */
  ChaosModels(String orders) {
    this.orders = orders;
  }

  /** What other processes must have of this class. */
  static List<Class<?>> classes() {
    return List.of(ChaosModels.class, Obedient.class, Lease.class, PoisonedRow.class);
  }

  @Override
  public RowPreparer preparer(ModelSpec spec) throws ModelLoadException {
    return provider.preparer(spec);
  }

  @Override
  public EngineLease engines(ModelSpec spec, TaskContext task) throws ModelLoadException {
    EngineLease lease = provider.engines(spec, task);
    List<InferenceEngine> engines =
        lease.engines().stream()
            .<InferenceEngine>map(engine -> new Obedient(engine, orders))
            .toList();
    return new Lease(engines, lease);
  }

  private record Lease(List<InferenceEngine> engines, EngineLease lease) implements EngineLease {
    @Override
    public void close() {
      lease.close();
    }
  }

  private record Obedient(InferenceEngine engine, String orders) implements InferenceEngine {
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
      if (new File(orders, FAIL).delete()) {
        throw new LinkageError("a fault of the process, on purpose");
      }
      // Text is generated step by step, and each is watched in the engine itself.
      if (!engine.watchesItsSteps() && new File(orders, HANG).delete()) {
        // As native code does, whoever interrupts it.
        while (new File(orders, HUNG).exists()) {
          LockSupport.parkNanos(50_000_000);
        }
      }
      PoisonedRow.strike(rows, cancellation);
      engine.run(rows, sink, cancellation);
    }
  }
}
