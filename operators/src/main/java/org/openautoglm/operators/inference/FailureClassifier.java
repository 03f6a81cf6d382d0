package org.openautoglm.operators.inference;

import org.openautoglm.schemas.failure.FailureCode;

/** The one place that turns what an engine threw into a code. Pure. */
public interface FailureClassifier {

  /**
   * Says what an engine's failure means.
   *
   * @return MODEL_FAILURE, DEVICE_OUT_OF_MEMORY, MODEL_UNAVAILABLE or INTERNAL
   */
  FailureCode classify(Throwable thrown);
}
