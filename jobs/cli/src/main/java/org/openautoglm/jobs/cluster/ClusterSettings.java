package org.openautoglm.jobs.cluster;

import java.util.Map;

/**
 * What a cluster of this machine shall be.
 *
 * @param taskManagers how many TaskManagers
 * @param slots slots of each of them
 * @param port of the REST interface and web page; 0 takes a free one
 * @param pinned each TaskManager runs on one core of its own, for measurements
 * @param options further options of Flink's, over all others
 */
public record ClusterSettings(
    int taskManagers, int slots, int port, boolean pinned, Map<String, String> options) {
  /** More would not start side by side on one machine. */
  public static final int TASK_MANAGERS_MAX = 64;

  public ClusterSettings {
    if (taskManagers < 1 || taskManagers > TASK_MANAGERS_MAX) {
      throw new IllegalArgumentException(
          "TaskManagers on one machine are 1 to " + TASK_MANAGERS_MAX + ", not " + taskManagers);
    }
    if (slots < 1) {
      throw new IllegalArgumentException("a TaskManager has a slot or more, not " + slots);
    }
    options = Map.copyOf(options);
  }
}
