package org.openautoglm.operators.settlement;

import java.io.Serializable;
import org.openautoglm.schemas.flow.OutputRecord.Destination;

/**
 * What the output topics take, as far as it is known now: a record that its topic refused would
 * stop the job at that record for good. Called by task threads, for every record, and so cheap.
 */
public interface OutputBounds extends AutoCloseable {

  /** The most bytes of a record there, its key, headers and framing included. */
  int maxBytes(Destination destination);

  /** Whether the topic refuses records without a key, as compacted ones do. */
  boolean needsKey(Destination destination);

  @Override
  void close();

  /** How a task comes by them. Travels with the job. */
  @FunctionalInterface
  interface Source extends Serializable {
    /**
     * Reads them anew, so that a job that a refused write has stopped goes on by what holds now.
     */
    OutputBounds open();
  }

  /** Bounds that never change, the same for each topic. */
  static Source fixed(int maxBytes) {
    return () -> new Fixed(maxBytes);
  }

  /** The same for each topic. */
  record Fixed(int maxBytes) implements OutputBounds {
    @Override
    public int maxBytes(Destination destination) {
      return maxBytes;
    }

    @Override
    public boolean needsKey(Destination destination) {
      return false;
    }

    @Override
    public void close() {}
  }
}
