package org.openautoglm.jobs.deploy;

import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.ThreadContext;

/** A process that logs one line, as one of a cluster would. */
final class LogProbe {
  private LogProbe() {}

  public static void main(String[] args) {
    ThreadContext.put("flink-job-id", "0a1b");
    ThreadContext.put("trace_id", "4bf92f35");
    ThreadContext.put("duration_ms", "12");
    LogManager.getLogger(LogProbe.class).warn("批次失败 \"{}\"", 1, new IllegalStateException("原因"));
  }
}
