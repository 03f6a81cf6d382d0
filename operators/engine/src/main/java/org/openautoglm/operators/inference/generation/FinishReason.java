package org.openautoglm.operators.inference.generation;

/** Why a generation ended. */
public enum FinishReason {
  /** The model ended it, or a stop string did. */
  STOP("stop"),
  /** It has as many tokens as were allowed, or as its slot holds. */
  LENGTH("length");

  private final String wireName;

  FinishReason(String wireName) {
    this.wireName = wireName;
  }

  /** The word in results. */
  public String wireName() {
    return wireName;
  }
}
