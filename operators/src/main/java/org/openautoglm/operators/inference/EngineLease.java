package org.openautoglm.operators.inference;

import java.util.List;

/**
 * A share in the engines of one model, one for each device it may run on. The engines are closed
 * with the last lease, when nothing runs on them any more.
 */
public interface EngineLease extends AutoCloseable {

  /** At least one engine, the preferred device first. */
  List<InferenceEngine> engines();

  @Override
  void close();
}
