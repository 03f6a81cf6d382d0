package org.openautoglm.operators.batching;

import java.lang.reflect.Method;
import java.util.OptionalLong;
import org.apache.flink.streaming.runtime.tasks.StreamTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the savepoint that ends the job has begun. After it a task still opens mails until every
 * other task has its part, but whatever an operator sends out then is in the savepoint, too, and is
 * sent again by whoever goes on from it.
 *
 * <p>Flink tells only its own classes; where it does not tell any more, a log line says so.
 */
final class LastSavepoint {
  private static final Logger LOG = LoggerFactory.getLogger(LastSavepoint.class);
  private static final String METHOD = "getSynchronousSavepointId";

  private final StreamTask<?, ?> task;

  LastSavepoint(StreamTask<?, ?> task) {
    this.task = task;
  }

  /** Asked during a snapshot, on the task's thread. */
  boolean hasBegun() {
    try {
      Method id = StreamTask.class.getDeclaredMethod(METHOD);
      id.setAccessible(true);
      return ((OptionalLong) id.invoke(task)).isPresent();
    } catch (ReflectiveOperationException | RuntimeException e) {
      LOG.warn(
          "Flink does not tell which savepoint ends the job; at least once, some answers come"
              + " twice after it",
          e);
      return false;
    }
  }
}
