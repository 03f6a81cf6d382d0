package org.openautoglm.operators.inference.generation.sampling;

/**
 * e^x for x of 0 or less, the same on every machine, which {@link Math#exp} need not be, and faster
 * than {@link StrictMath#exp}. The relative error is below 1e-9.
 */
final class Exponential {
  private static final double LOG2_E = 1.4426950408889634;

  /** Beyond it a token has no part in any sum of a vocabulary's probabilities. */
  private static final double LEAST = -60;

  /** 2^f is e^(f·ln 2): the terms of its series, ln(2)^n / n!. */
  private static final double C1 = 0.6931471805599453;

  private static final double C2 = 0.2402265069591007;
  private static final double C3 = 0.05550410866482158;
  private static final double C4 = 0.009618129107628477;
  private static final double C5 = 0.0013333558146428443;
  private static final double C6 = 0.0001540353039338161;
  private static final double C7 = 1.525273380405984e-5;
  private static final double C8 = 1.3215486790144307e-6;

  private Exponential() {}

  static double of(double x) {
    if (x < LEAST) {
      return 0;
    }
    double t = x * LOG2_E;
    int whole = (int) (t - 0.5);
    double f = t - whole;
    double power =
        1 + f * (C1 + f * (C2 + f * (C3 + f * (C4 + f * (C5 + f * (C6 + f * (C7 + f * C8)))))));
    return power * Double.longBitsToDouble((whole + 1023L) << 52);
  }
}
