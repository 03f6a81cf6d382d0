package org.openautoglm.jobs.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * What it costs to let a prompt wait on disk: the processor time of a job that is given prompts
 * while its model is held, over that of the same job that answers the same prompts as they come.
 * All else (publishing them, broker, reading the results) is in both.
 */
final class SpilledPrompts {
  private static final int PROMPTS = 100_000;

  /** Those that wait on the heap: the pool and a batch. */
  private static final int NOT_SPILLED = 4_096 + 256;

  private static final int ROUNDS = 3;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private SpilledPrompts() {}

  /**
   * The cost of one.
   *
   * @param name the prompts', as in the other figures
   * @param job is warm, and answers prompts with a {@link NoOpModel}
   */
  static Measurement measure(String name, StandingJob job, Consumer<String> words)
      throws Exception {
    List<Double> micros = new ArrayList<>();
    // The first round of each compiles and fills RocksDB's buffers.
    for (int round = 0; round <= ROUNDS; round++) {
      long answered = answer(job, false);
      long spilled = answer(job, true);
      double each = (spilled - answered) / 1e3 / (PROMPTS - NOT_SPILLED);
      words.accept("%s: a spilled prompt: %.1f µs of a core".formatted(name, each));
      if (round > 0) {
        micros.add(each);
      }
    }
    return Measurement.of(name + "/spilled-prompt", Rounds.median(micros), "µs of a core");
  }

  /** Processor time until all is answered, nanoseconds. */
  private static long answer(StandingJob job, boolean spilled) throws Exception {
    long before = PROCESS.getProcessCpuTime();
    if (spilled) {
      long prepared = NoOpModel.prepared();
      NoOpModel.hold();
      try {
        job.publish(PROMPTS);
        awaitPrepared(prepared + PROMPTS);
      } finally {
        NoOpModel.release();
      }
    } else {
      job.publish(PROMPTS);
    }
    job.awaitResults(PROMPTS);
    return PROCESS.getProcessCpuTime() - before;
  }

  private static void awaitPrepared(long count) throws TimeoutException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (NoOpModel.prepared() < count) {
      if (System.nanoTime() > deadline) {
        throw new TimeoutException("the job has not read all prompts within " + PATIENCE);
      }
      LockSupport.parkNanos(1_000_000);
    }
  }
}
