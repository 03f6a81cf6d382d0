package org.openautoglm.jobs.law;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.FailureClassifier;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.ModelIdentity;
import org.openautoglm.operators.inference.ModelProvider;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.inference.TaskContext;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.wire.Conversation;
import org.openautoglm.schemas.wire.Output;

/**
 * A model whose answer tells exactly which text it read, so that a test sees not only that a prompt
 * was answered, but with its own answer. On demand it is slow, or brings the whole job down.
 */
public final class FingerprintModel implements ModelProvider {
  private static final long serialVersionUID = 1L;

  /** A text that begins so makes its whole batch fail. */
  static final String POISON = "☠";

  /** A text that begins so takes all memory, or so it seems, whenever it runs. */
  static final String FATAL = "☢";

  private static final ExecutorService THREADS =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "fingerprint-device");
            thread.setDaemon(true);
            return thread;
          });
  private static final Device DEVICE = new Device("test", 2, THREADS);

  // Static, since operators get a copy of the provider: these are the test's handles on the running
  // job.
  private static final AtomicLong NANOS_PER_BATCH = new AtomicLong();
  private static final AtomicLong ROWS = new AtomicLong();
  private static final AtomicLong ROWS_PER_CRASH = new AtomicLong(Long.MAX_VALUE);
  private static final AtomicInteger CRASHES = new AtomicInteger();
  private static final AtomicLong ROWS_UNTIL_HELD = new AtomicLong(Long.MAX_VALUE);
  private static final AtomicReference<CountDownLatch> HELD =
      new AtomicReference<>(new CountDownLatch(0));

  static void reset() {
    release();
    NANOS_PER_BATCH.set(0);
    ROWS.set(0);
    ROWS_PER_CRASH.set(Long.MAX_VALUE);
    CRASHES.set(0);
  }

  /** Makes every batch take a while, so that work is in flight when something happens. */
  static void microsPerBatch(long micros) {
    NANOS_PER_BATCH.set(micros * 1000);
  }

  /** Fails the job every time so many more rows have run. */
  static void crashEvery(long rows) {
    ROWS_PER_CRASH.set(rows);
  }

  /** Once so many rows have run, batches wait at the model for {@link #release}. */
  static void holdAfter(long rows) {
    HELD.set(new CountDownLatch(1));
    ROWS_UNTIL_HELD.set(rows);
  }

  /** Lets batches that wait at the model go on, and those that come after them. */
  static void release() {
    ROWS_UNTIL_HELD.set(Long.MAX_VALUE);
    HELD.get().countDown();
  }

  /** How often the job was brought down. */
  static int crashes() {
    return CRASHES.get();
  }

  /** Rows that ran, those that ran again after a crash included. */
  static long rows() {
    return ROWS.get();
  }

  /**
   * What the model answers: two numbers that differ for texts that differ, short of a collision.
   */
  static List<Float> fingerprint(String text) {
    int hash = text.hashCode();
    return List.of((float) (hash >>> 16), (float) (hash & 0xffff));
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
        throw new UnsupportedOperationException("the corpus has no conversations");
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public EngineLease engines(ModelSpec spec, TaskContext task) {
    InferenceEngine engine = new Engine(spec.name());
    return new EngineLease() {
      @Override
      public List<InferenceEngine> engines() {
        return List.of(engine);
      }

      @Override
      public void close() {}
    };
  }

  /** Of several models, each takes twice the time of the one before it. */
  private record Engine(String model) implements InferenceEngine {
    @Override
    public ModelIdentity identity() {
      return new ModelIdentity(model, "1", "digest");
    }

    @Override
    public Device device() {
      return DEVICE;
    }

    @Override
    public int maxIndependentRows() {
      return Integer.MAX_VALUE;
    }

    @Override
    public void run(List<EngineRow> rows, RowSink sink) throws Exception {
      if (ROWS.get() >= ROWS_UNTIL_HELD.get()) {
        HELD.get().await();
      }
      LockSupport.parkNanos(
          NANOS_PER_BATCH.get() << Math.max(0, PromptCorpus.MODELS.indexOf(model)));
      long before = ROWS.getAndAdd(rows.size());
      if (before / ROWS_PER_CRASH.get() != (before + rows.size()) / ROWS_PER_CRASH.get()) {
        CRASHES.incrementAndGet();
        throw new LinkageError("a fault of the process, on purpose");
      }
      for (EngineRow row : rows) {
        if (row.tokens().length > 0 && row.tokens()[0] == FATAL.charAt(0)) {
          throw new OutOfMemoryError("not really");
        }
        if (row.tokens().length > 0 && row.tokens()[0] == POISON.charAt(0)) {
          throw new UnreadableRowException();
        }
      }
      for (int i = 0; i < rows.size(); i++) {
        int[] chars = rows.get(i).tokens();
        StringBuilder text = new StringBuilder();
        for (int c : chars) {
          text.append((char) c);
        }
        sink.complete(i, Output.newBuilder().addAllEmbedding(fingerprint(text.toString())).build());
      }
    }
  }

  /** A row that cannot be read is the model's failure; everything else is ours. */
  public static final class Classifier implements FailureClassifier {
    private static final long serialVersionUID = 1L;

    @Override
    public FailureCode classify(Throwable thrown) {
      return thrown instanceof UnreadableRowException
          ? FailureCode.MODEL_FAILURE
          : FailureCode.INTERNAL;
    }
  }

  /** What the model throws at a poison row. */
  static final class UnreadableRowException extends Exception {
    private static final long serialVersionUID = 1L;

    UnreadableRowException() {
      super("the model cannot read this row");
    }
  }
}
