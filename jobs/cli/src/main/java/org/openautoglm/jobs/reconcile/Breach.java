package org.openautoglm.jobs.reconcile;

/** How a record of the prompts topic may fall short of "one outcome, one audit event". */
public enum Breach {
  /** The job has read it, and there is neither a result nor a dead letter nor an audit event. */
  NO_OUTCOME("no outcome: waiting in the job, or lost"),
  /** An audit event says how it ended, and what it says is not there. */
  AUDIT_WITHOUT_OUTCOME("audited, but its result or dead letter is missing"),
  /** Two results or dead letters, or more. */
  TWO_OUTCOMES("two outcomes or more"),
  /** A result or a dead letter, and no audit event. */
  OUTCOME_WITHOUT_AUDIT("an outcome without an audit event"),
  /** Two audit events, or more. */
  TWO_AUDITS("two audit events or more");

  private final String words;

  Breach(String words) {
    this.words = words;
  }

  /** For people. */
  public String words() {
    return words;
  }

  /** Whether what its sender waits for never came, so that publishing it again would mend it. */
  public boolean isMissing() {
    return this == NO_OUTCOME || this == AUDIT_WITHOUT_OUTCOME;
  }

  /** Whether it is one that at-least-once delivery allows for. */
  public boolean isDuplicate() {
    return this == TWO_OUTCOMES || this == TWO_AUDITS;
  }
}
