package org.openautoglm.jobs.reconcile;

/** Hears how far the reading is. */
@FunctionalInterface
public interface Progress {
  /** Says nothing. */
  Progress NONE = (what, done, total) -> {};

  /**
   * Called often while topics are read.
   *
   * @param what is read, such as a topic
   * @param done offsets so far
   * @param total offsets to read
   */
  void at(String what, long done, long total);
}
