package org.openautoglm.jobs.kafka.start;

/** The consumer group that a job is a member of for as long as it runs. */
public final class LeaseName {
  private static final String ENDING = ".lease";

  private LeaseName() {}

  /**
   * The name of a lease.
   *
   * @param thing what it shares with no other job, such as its consumer group
   */
  public static String of(String thing) {
    return thing + ENDING;
  }

  /** Whether a group is a lease, by its name. */
  static boolean is(String group) {
    return group.endsWith(ENDING);
  }
}
