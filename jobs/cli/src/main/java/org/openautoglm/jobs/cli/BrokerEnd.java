package org.openautoglm.jobs.cli;

import java.io.PrintWriter;
import org.apache.kafka.common.utils.Exit;

/**
 * What people see when the embedded broker gives up, as it does when its disk is full or its
 * directory is gone. The broker then ends the process, and by itself it would say so in a log only.
 */
final class BrokerEnd {
  private BrokerEnd() {}

  /** Makes the broker of this process say that it ends, with exit code 1. */
  static void sayOn(PrintWriter words) {
    Exit.Procedure end =
        (status, message) -> {
          words.println(text(message));
          // The broker waits for nothing from here on, and neither can the job commit any more.
          Runtime.getRuntime().halt(1);
        };
    Exit.setHaltProcedure(end);
    Exit.setExitProcedure(end);
  }

  static String text(String message) {
    return "autoglm: the embedded broker cannot go on"
        + (message == null ? "" : " (" + message + ")")
        + ": its disk may be full, or its directory gone; nothing that was committed is lost, and the"
        + " reason is in job.log under --data, or with --verbose on standard error";
  }
}
