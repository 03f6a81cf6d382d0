package org.openautoglm.operators.inference;

/**
 * What one model has had of a device: the time for which its batches held lanes. The model that has
 * had least comes next, which is start-time fair queueing (Goyal, Vin and Cheng, 1996) with models
 * as flows and lane time as service: a batch counts from its start with what it is expected to
 * take, and with what it has taken once that is more. Guarded by its device's lock.
 */
final class LaneShare {
  private final String name;
  private int claims;
  private long endedNanos;
  private int running;
  private long startsNanos;
  private long expectedNanos;

  LaneShare(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  /** How many claims there are after one more, or one less. */
  int claims(int more) {
    claims += more;
    return claims;
  }

  /** Its tag: lane time so far, that of running batches included. */
  long hadNanos(long nowNanos) {
    return endedNanos + Math.max(running * nowNanos - startsNanos, expectedNanos);
  }

  /** One that asked for nothing meanwhile has saved nothing up: it goes on where the others are. */
  void catchUp(long tagNanos, long nowNanos) {
    endedNanos += Math.max(0, tagNanos - hadNanos(nowNanos));
  }

  void started(long nowNanos, long expectedNanosMore) {
    running++;
    startsNanos += nowNanos;
    expectedNanos += expectedNanosMore;
  }

  void ended(long startedNanos, long expectedNanosLess, long nowNanos) {
    running--;
    startsNanos -= startedNanos;
    expectedNanos -= expectedNanosLess;
    endedNanos += nowNanos - startedNanos;
  }
}
