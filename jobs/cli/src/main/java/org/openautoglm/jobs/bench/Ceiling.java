package org.openautoglm.jobs.bench;

import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * A pace that something else is compared with, measured before and after it: machines drift within
 * minutes, because of heat, clocks or neighbours, and a ratio to the mean of both sides has less of
 * the drift in it than one to either.
 *
 * @param name what was measured
 * @param unit of what
 */
record Ceiling(String name, double before, double after, String unit) {
  /** Beyond it, the ratios say as much of the machine as of what was measured. */
  private static final double DRIFT_MAX_PERCENT = 10;

  Ceiling {
    if (!(before > 0 && after > 0)) {
      throw new IllegalArgumentException(name + " ran at " + before + " and " + after + " " + unit);
    }
  }

  /** What ratios are taken to: the mean of both. */
  Measurement mean() {
    return Measurement.of(name, (before + after) / 2, unit);
  }

  /** How much faster, or slower if negative, the second was, percent of the first. */
  double driftPercent() {
    return (after / before - 1) * 100;
  }

  /**
   * The mean and the drift, to be reported.
   *
   * @param warnings takes a line where the drift is too large for the ratios to be trusted
   */
  List<Measurement> report(Consumer<String> warnings) {
    if (Math.abs(driftPercent()) > DRIFT_MAX_PERCENT) {
      warnings.accept(
          String.format(
              Locale.ROOT,
              "WARNING: %s moved from %,.1f to %,.1f %s within the run (%+.0f %%): the machine was not"
                  + " steady, run again when it is quiet before trusting the ratios",
              name,
              before,
              after,
              unit,
              driftPercent()));
    }
    return List.of(mean(), Measurement.of(name + "/drift", driftPercent(), "%"));
  }
}
