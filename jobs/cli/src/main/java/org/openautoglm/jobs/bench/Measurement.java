package org.openautoglm.jobs.bench;

import java.util.Optional;

/**
 * One figure of a benchmark.
 *
 * @param name what was measured
 * @param value how much
 * @param unit of what
 * @param comparison what it is compared with, if anything
 */
public record Measurement(String name, double value, String unit, Optional<Comparison> comparison) {

  /**
   * A ratio between figures of one run.
   *
   * @param to the name of the other measurement
   * @param ratio this value over the other
   */
  public record Comparison(String to, double ratio) {}

  /** A figure that stands alone. */
  public static Measurement of(String name, double value, String unit) {
    return new Measurement(name, value, unit, Optional.empty());
  }

  /** The same figure, compared with another of the same run and unit. */
  public Measurement over(Measurement other) {
    if (!unit.equals(other.unit)) {
      throw new IllegalArgumentException(unit + " cannot be compared with " + other.unit);
    }
    return new Measurement(
        name, value, unit, Optional.of(new Comparison(other.name, value / other.value)));
  }

  /** The same figure, at a ratio to another that was taken from several rounds. */
  Measurement at(double ratio, Measurement other) {
    return new Measurement(name, value, unit, Optional.of(new Comparison(other.name, ratio)));
  }
}
