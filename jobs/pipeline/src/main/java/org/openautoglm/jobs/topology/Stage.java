package org.openautoglm.jobs.topology;

/**
 * The boxes of the diagram. A uid ties an operator to its state in savepoints: it is frozen for
 * ever, whatever the display name becomes.
 */
public enum Stage {
  PROMPTS("prompts", "prompts"),
  DECODE("decode", "decode"),
  ADMIT("admit", "admit"),
  PREPARE("prepare", "prepare"),
  WINDOW("window", "micro-batch window + infer"),
  SETTLE("settle", "settle"),
  ANSWERS("answers", "results + audit"),
  SETTLE_REFUSED("settle-refused", "settle refused"),
  REFUSALS("refusals", "refusals + dead letters + audit");

  private final String uid;
  private final String displayName;

  Stage(String uid, String displayName) {
    this.uid = uid;
    this.displayName = displayName;
  }

  /** The operator's frozen identity in savepoints. */
  public String uid() {
    return uid;
  }

  /** What Flink's web page, logs and metrics call it. */
  public String displayName() {
    return displayName;
  }
}
