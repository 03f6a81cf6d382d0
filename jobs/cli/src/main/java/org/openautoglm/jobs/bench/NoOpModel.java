package org.openautoglm.jobs.bench;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
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
 * A model that does nothing, so that what remains is the job itself: a token for each character,
 * one number back.
 */
final class NoOpModel implements ModelProvider {
  private static final long serialVersionUID = 1L;

  /** Rows are about as long as a tokenizer would make them. */
  private static final int CHARACTERS_PER_TOKEN = 4;

  private static final Output NOTHING = Output.newBuilder().addEmbedding(0).build();
  private static final ExecutorService THREADS =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "no-op-device");
            thread.setDaemon(true);
            return thread;
          });
  private static final Device DEVICE = new Device("no-op", 1, THREADS);

  // Static, since operators get a copy of the provider: handles on the running job.
  private static final AtomicLong PREPARED = new AtomicLong();
  private static volatile CountDownLatch held = new CountDownLatch(0);

  /** Texts that were prepared in this process. */
  static long prepared() {
    return PREPARED.get();
  }

  /** From now on, batches wait for {@link #release}. */
  static void hold() {
    held = new CountDownLatch(1);
  }

  static void release() {
    held.countDown();
  }

  @Override
  public RowPreparer preparer(ModelSpec spec) {
    return new RowPreparer() {
      @Override
      public int[] prepare(String text) {
        PREPARED.incrementAndGet();
        return new int[1 + text.length() / CHARACTERS_PER_TOKEN];
      }

      @Override
      public int[] prepare(Conversation conversation) {
        return new int[conversation.getMessagesCount()];
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public EngineLease engines(ModelSpec spec, TaskContext task) {
    return new EngineLease() {
      @Override
      public List<InferenceEngine> engines() {
        return List.of(new NoOpEngine());
      }

      @Override
      public void close() {}
    };
  }

  /** Whatever fails here is a bug. */
  static final class Classifier implements FailureClassifier {
    private static final long serialVersionUID = 1L;

    @Override
    public FailureCode classify(Throwable thrown) {
      return FailureCode.INTERNAL;
    }
  }

  private static final class NoOpEngine implements InferenceEngine {
    @Override
    public ModelIdentity identity() {
      return new ModelIdentity("no-op", "", "");
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
    public void run(List<EngineRow> rows, RowSink sink) throws InterruptedException {
      held.await();
      for (int i = 0; i < rows.size(); i++) {
        sink.complete(i, NOTHING);
      }
    }
  }
}
