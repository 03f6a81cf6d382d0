package org.openautoglm.jobs.kafka.start;

/** The consumer group that a job is a member of for as long as it runs. */
public final class LeaseName {
  private LeaseName() {}

  /**
   * The name of a lease.
   *
   * @param thing what it shares with no other job, such as its consumer group
   */
  public static String of(String thing) {
    return thing + ".lease";
  }
}
