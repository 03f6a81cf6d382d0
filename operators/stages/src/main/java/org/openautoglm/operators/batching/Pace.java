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
  private long busyBeforeUs;
  private long ended;
  private double perSecond;

  /** Work comes to an idle window. */
  void begin(long nowUs) {
    sinceUs = nowUs;
  }

  /** The window has become idle: the time until work comes does not count. */
  void pause(long nowUs) {
    busyBeforeUs = busyUs(nowUs);
    sinceUs = nowUs;
  }

  void ended(long nowUs) {
    ended++;
    long busyUs = busyUs(nowUs);
    if (busyUs >= PERIOD_US) {
      double present = ended * 1e6 / busyUs;
      perSecond = perSecond == 0 ? present : perSecond + WEIGHT * (present - perSecond);
      busyBeforeUs = 0;
      sinceUs = nowUs;
      ended = 0;
    }
  }

  private long busyUs(long nowUs) {
    return busyBeforeUs + nowUs - sinceUs;
  }

  /** Rows a second; 0 while nobody knows. Falls while nothing ends. */
  double perSecond(long nowUs) {
    long busyUs = busyUs(nowUs);
    return busyUs < PERIOD_US ? perSecond : Math.min(perSecond, (ended + 1) * 1e6 / busyUs);
  }
}
