package org.openautoglm.operators.inference.onnx.decoder;

import org.openautoglm.operators.inference.onnx.runtime.TerminableRun;

/** The run that one decoder is in, or was in last: for whoever wants to end it. Thread-safe. */
final class Termination {
  private volatile TerminableRun present;

  void begin(TerminableRun run) {
    present = run;
  }

  /** Ends the present run, if there is one. */
  void terminate() {
    TerminableRun run = present;
    if (run != null) {
      run.terminate();
    }
  }
}
