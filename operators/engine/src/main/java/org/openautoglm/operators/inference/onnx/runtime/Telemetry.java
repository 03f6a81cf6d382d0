package org.openautoglm.operators.inference.onnx.runtime;

import com.sun.jna.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Switches off ONNX Runtime's reports to its maker, before it starts.
 *
 * <p>From 1.29.0 on it reports on Linux too, and while it prepares to, it ends the process with
 * SIGSEGV where the command line is longer than 4,096 bytes, as every task manager's is, and in
 * images without a shell (onnxruntime#32173). Only an environment variable keeps it from starting,
 * and Java cannot set one; libc can.
 */
final class Telemetry {
  static final String SWITCH = "ORT_DISABLE_TELEMETRY";

  private static final Logger LOG = LoggerFactory.getLogger(Telemetry.class);

  private Telemetry() {}

  /** To be called before the first use of ONNX Runtime in this process. */
  static void disable() {
    if ("1".equals(System.getenv(SWITCH))) {
      return;
    }
    try {
      Function.getFunction("c", "setenv").invokeInt(new Object[] {SWITCH, "1", 1});
    } catch (LinkageError | RuntimeException e) {
      LOG.warn(
          "ONNX Runtime's telemetry cannot be switched off from here ({}); set {}=1 in the"
              + " environment of this process, which may crash otherwise",
          e,
          SWITCH);
    }
  }
}
