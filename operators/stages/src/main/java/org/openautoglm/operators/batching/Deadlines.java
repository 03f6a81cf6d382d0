package org.openautoglm.operators.batching;

import java.util.Comparator;
import java.util.TreeSet;

/** The unfinished requests that have a deadline, the nearest first. Belongs to the task thread. */
final class Deadlines {
  private final TreeSet<PendingRequest> requests =
      new TreeSet<>(
          Comparator.comparingLong(PendingRequest::deadlineUs)
              .thenComparingLong(PendingRequest::sequence));

  void add(PendingRequest request) {
    if (request.deadlineUs() > 0) {
      requests.add(request);
    }
  }

  void remove(PendingRequest request) {
    if (request.deadlineUs() > 0) {
      requests.remove(request);
    }
  }

  /** Takes out a request whose time is up, or returns null. */
  PendingRequest pollPassed(long nowUs) {
    return nextUs() <= nowUs ? requests.pollFirst() : null;
  }

  /** The nearest deadline, microseconds since the epoch; never without one. */
  long nextUs() {
    return requests.isEmpty() ? Long.MAX_VALUE : requests.first().deadlineUs();
  }
}
