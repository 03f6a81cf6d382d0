package org.openautoglm.jobs.processes;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** How long it took after each fault until a new answer was committed; printed as it comes. */
final class Recoveries {
  private final int faults;
  private final Map<Fault, List<Double>> seconds = new EnumMap<>(Fault.class);
  private int round;

  Recoveries(int faults) {
    this.faults = faults;
  }

  /**
   * Adds one that has just ended.
   *
   * @param startNs when the fault began
   * @param struckNs when what it took away was there again
   */
  void add(Fault fault, long startNs, long struckNs) {
    double s = (System.nanoTime() - startNs) / 1e9;
    seconds.computeIfAbsent(fault, key -> new ArrayList<>()).add(s);
    round++;
    System.out.printf(
        "chaos %d/%d: %s lasted %.1f s, new answers after %.1f s%n",
        round, faults, fault, (struckNs - startNs) / 1e9, s);
  }

  /** Prints the median of each kind. */
  void print() {
    seconds.forEach(
        (fault, each) -> {
          List<Double> sorted = each.stream().sorted().toList();
          System.out.printf(
              "chaos: %s, %d times, recovery p50 %.1f s, longest %.1f s%n",
              fault,
              sorted.size(),
              sorted.get((sorted.size() - 1) / 2),
              sorted.get(sorted.size() - 1));
        });
  }
}
