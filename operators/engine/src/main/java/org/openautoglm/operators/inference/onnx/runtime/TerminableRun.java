package org.openautoglm.operators.inference.onnx.runtime;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.RunOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What ends one run of ONNX Runtime early: the runtime looks at it between two nodes of the graph,
 * and then fails the run. Any thread may terminate; the run's own thread closes, after the run.
 */
public final class TerminableRun implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TerminableRun.class);

  private final RunOptions options;
  private boolean closed;

  public TerminableRun() throws OrtException {
    options = new RunOptions();
  }

  /** To be given to the run. */
  public RunOptions options() {
    return options;
  }

  /** Ends the run, or keeps it from beginning; nothing happens when it is over. */
  public synchronized void terminate() {
    if (closed) {
      return;
    }
    try {
      options.setTerminate(true);
    } catch (OrtException e) {
      LOG.warn("A run cannot be ended", e);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    options.close();
  }
}
