package org.openautoglm.operators.inference;

import java.util.List;
import java.util.Optional;

/**
 * A share in the engines of one model, one for each device it may run on. The engines are closed
 * with the last lease, when nothing runs on them any more.
 */
public interface EngineLease extends AutoCloseable {

  /** At least one engine, the preferred device first. */
  List<InferenceEngine> engines();

  /**
   * A share in the engines of a newer version of the model, for the same devices, once there is
   * one: whoever takes it runs further batches on it and closes this lease. Costs next to nothing
   * while there is none, so that it can be asked before every batch.
   */
  default Optional<EngineLease> successor() {
    return Optional.empty();
  }

  /**
   * Has this called when {@link #successor} may have one, by any thread, until this lease is
   * closed; it must not block.
   */
  default void onSuccessor(Runnable wake) {}

  /**
   * Newer versions that did not come to serve in this process, since the model was first loaded.
   */
  default long failedReloads() {
    return 0;
  }

  @Override
  void close();
}
