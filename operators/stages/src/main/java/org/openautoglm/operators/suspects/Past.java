package org.openautoglm.operators.suspects;

import java.time.Instant;

/**
 * What is known of a record that was in hand when a process ended.
 *
 * @param ends how often, 1 or more
 * @param lastAlone whether nothing else was in hand in that process the last time
 * @param last when that was
 */
record Past(int ends, boolean lastAlone, Instant last) {

  /**
   * Two ends are the most that a record may cause. Many a record is in hand beside the one that is
   * to blame, so the second has to be its own.
   */
  boolean isGuilty() {
    return ends > 1 && lastAlone;
  }
}
