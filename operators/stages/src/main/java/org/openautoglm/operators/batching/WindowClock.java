package org.openautoglm.operators.batching;

import java.io.Serializable;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.openautoglm.operators.Epoch;

/** Where the window gets its time from: the wall, except under a test's hand. Any thread asks. */
@FunctionalInterface
interface WindowClock extends Serializable {
  WindowClock WALL = time -> Epoch.micros();

  /** Microseconds since the epoch. */
  long micros(ProcessingTimeService time);
}
