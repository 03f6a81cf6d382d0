package org.openautoglm.jobs.configuration;

import java.time.Duration;
import java.util.Optional;
import org.openautoglm.jobs.configuration.JobConfiguration.Delivery;

/**
 * How long a transaction may have to stay open: from one checkpoint to the end of the next that
 * succeeds, with as many in between as may fail. The values are those of {@code
 * flink-conf/config.yaml}, which a test compares; a cluster may have others, and so this is advice.
 */
public final class CheckpointPatience {
  /** {@code execution.checkpointing.timeout}. */
  public static final Duration TIMEOUT = Duration.ofMinutes(2);

  /** {@code execution.checkpointing.tolerable-failed-checkpoints}. */
  public static final int TOLERATED_FAILURES = 4;

  private CheckpointPatience() {}

  /** Says so where the job's transactions may be aborted before they can be committed. */
  public static Optional<String> warning(JobConfiguration job) {
    Duration longest = job.checkpointInterval().plus(TIMEOUT.multipliedBy(TOLERATED_FAILURES + 1L));
    Duration timeout = job.kafka().transactionTimeout();
    if (job.delivery() == Delivery.AT_LEAST_ONCE || timeout.compareTo(longest) > 0) {
      return Optional.empty();
    }
    return Optional.of(
        "kafka.transaction_timeout: %d s may be too short: checkpoints may take %d s each and fail %d times in a row, which with checkpoint_interval makes %d s; what is aborted by then is lost"
            .formatted(
                timeout.toSeconds(), TIMEOUT.toSeconds(), TOLERATED_FAILURES, longest.toSeconds()));
  }
}
