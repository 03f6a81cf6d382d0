package org.openautoglm.operators.batching;

/**
 * How many rows a second a window ends while it has any, over the last seconds. Belongs to the task
 * thread.
 */
final class Pace {
  private static final long PERIOD_US = 100_000;

  /** What a period weighs against all before it. */
  private static final double WEIGHT = 0.2;

  private long sinceUs;
  private long ended;
  private double perSecond;

  /** Work comes to an idle window: the time before it tells nothing. */
  void begin(long nowUs) {
    sinceUs = nowUs;
    ended = 0;
  }

  void ended(long nowUs) {
    ended++;
    long elapsedUs = nowUs - sinceUs;
    if (elapsedUs >= PERIOD_US) {
      double present = ended * 1e6 / elapsedUs;
      perSecond = perSecond == 0 ? present : perSecond + WEIGHT * (present - perSecond);
      begin(nowUs);
    }
  }

  /** Rows a second; 0 while nobody knows. Falls while nothing ends. */
  double perSecond(long nowUs) {
    long elapsedUs = nowUs - sinceUs;
    return elapsedUs < PERIOD_US ? perSecond : Math.min(perSecond, (ended + 1) * 1e6 / elapsedUs);
  }
}
