package org.openautoglm.operators.inference.onnx;

/** The model's answer to a row has NaN or infinite numbers: a failure of this row alone. */
final class NonFiniteOutputException extends Exception {
  private static final long serialVersionUID = 1L;

  NonFiniteOutputException() {
    super("the model answered with numbers that are not finite", null, false, false);
  }
}
