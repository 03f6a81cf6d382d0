package org.openautoglm.operators.inference;

import java.io.Serializable;
import org.openautoglm.schemas.failure.FailureCode;

/** The one place that turns what an engine threw into a code. Pure; shipped with the job. */
public interface FailureClassifier extends Serializable {

  /**
   * Says what an engine's failure means.
   *
   * @return MODEL_FAILURE, DEVICE_OUT_OF_MEMORY, MODEL_UNAVAILABLE or INTERNAL; DEADLINE_EXCEEDED
   *     or PROMPT_TOO_LONG for what ends the rows without an answer, and no others
   */
  FailureCode classify(Throwable thrown);
}
