package org.openautoglm.jobs.reconcile;

import java.util.Set;

/**
 * What is known of one record of the prompts topic, its republications included.
 *
 * @param state where it stands
 * @param breaches of the law; empty unless the state is {@link State#BROKEN}
 * @param outcomes results and dead letters, 3 and more are 3 for each record
 * @param audits audit events, likewise
 * @param republished how often it was published again
 */
record Standing(State state, Set<Breach> breaches, int outcomes, int audits, int republished) {
  Standing {
    breaches = Set.copyOf(breaches);
  }

  /** Where a record stands. */
  enum State {
    /** One outcome, one audit event. */
    ENDED,
    /** Not yet read by the job, as far as its group's offset tells. */
    NOT_READ,
    /** Something is missing or doubled. */
    BROKEN
  }

  /** Whether something may still come: duplicates do not go away. */
  boolean isOpen() {
    return breaches.stream().anyMatch(breach -> !breach.isDuplicate());
  }
}
