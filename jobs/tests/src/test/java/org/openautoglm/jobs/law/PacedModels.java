package org.openautoglm.jobs.law;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.ModelIdentity;
import org.openautoglm.operators.inference.ModelProvider;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.inference.TaskContext;
import org.openautoglm.schemas.wire.Conversation;
import org.openautoglm.schemas.wire.Output;

/**
 * Models that take a set time for each row, each on lanes of its own. An answer tells how long its
 * text was.
 */
final class PacedModels implements ModelProvider {
  private static final long serialVersionUID = 1L;

  private static final int LANES = 4;

  // Static, since operators get a copy of the provider: these are the test's handles on the running
  // job.
  private static final Map<String, AtomicLong> NANOS_PER_ROW = new ConcurrentHashMap<>();
  private static final Map<String, Device> DEVICES = new ConcurrentHashMap<>();

  /** Sets how long a row takes from now on, those that run included. */
  static void pace(String model, long microsPerRow) {
    NANOS_PER_ROW.computeIfAbsent(model, name -> new AtomicLong()).set(1_000 * microsPerRow);
  }

  @Override
  public RowPreparer preparer(ModelSpec spec) {
    return new RowPreparer() {
      @Override
      public int[] prepare(String text) {
        return text.chars().toArray();
      }

      @Override
      public int[] prepare(Conversation conversation) {
        throw new UnsupportedOperationException("nobody asks for one");
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public EngineLease engines(ModelSpec spec, TaskContext task) {
    Device device =
        DEVICES.computeIfAbsent(
            spec.name(),
            name ->
                new Device(
                    name,
                    LANES,
                    Executors.newFixedThreadPool(
                        LANES,
                        work -> {
                          Thread thread = new Thread(work, "paced-" + name);
                          thread.setDaemon(true);
                          return thread;
                        })));
    InferenceEngine engine = new Engine(spec.name(), device);
    return new EngineLease() {
      @Override
      public List<InferenceEngine> engines() {
        return List.of(engine);
      }

      @Override
      public void close() {}
    };
  }

  private record Engine(String model, Device device) implements InferenceEngine {
    @Override
    public ModelIdentity identity() {
      return new ModelIdentity(model, "1", "digest");
    }

    @Override
    public int maxIndependentRows() {
      return Integer.MAX_VALUE;
    }

    @Override
    public void run(List<EngineRow> rows, RowSink sink) {
      long start = System.nanoTime();
      for (int i = 0; i < rows.size(); i++) {
        while (System.nanoTime() - start < (i + 1) * NANOS_PER_ROW.get(model).get()) {
          LockSupport.parkNanos(Math.min(20_000_000, NANOS_PER_ROW.get(model).get()));
        }
        sink.complete(i, Output.newBuilder().addEmbedding(rows.get(i).tokens().length).build());
      }
    }
  }
}
