package org.openautoglm.operators.conversion.check;

import java.io.IOException;
import java.util.List;

/** A converted graph that does not do what its original does, and is therefore not put in place. */
public final class DisagreementException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param failures what was held against a bar and did not reach it
   * @param place where the two first differ
   */
  DisagreementException(List<String> failures, String place) {
    super(
        "the converted graph does not agree with its original:\n- "
            + String.join("\n- ", failures)
            + "\nThey first differ "
            + place);
  }
}
