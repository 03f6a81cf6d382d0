package org.openautoglm.operators.inference.generation.sampling;

/** The logits of a row have NaN, or nothing but infinities: a failure of this row alone. */
public final class NotFiniteException extends Exception {
  private static final long serialVersionUID = 1L;

  public NotFiniteException() {
    super("the model's logits are not finite", null, false, false);
  }
}
