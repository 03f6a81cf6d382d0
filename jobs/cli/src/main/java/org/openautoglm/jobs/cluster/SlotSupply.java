package org.openautoglm.jobs.cluster;

import java.util.Map;
import java.util.OptionalInt;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.ResourceManagerOptions;

/**
 * Where a cluster's slots come from, by the configuration that its JobManager shows.
 *
 * @param onDemand whether it starts TaskManagers when a job needs them (native Kubernetes, YARN),
 *     so that slots that are not there are none that are missing
 * @param most the most slots that it will ever have, where that is bounded
 * @param adaptive whether its jobs run with fewer slots than they ask for
 */
public record SlotSupply(boolean onDemand, OptionalInt most, boolean adaptive) {
  /** Flink has it in the configuration of every JobManager that it started on Kubernetes itself. */
  private static final String NATIVE_KUBERNETES = "kubernetes.internal.jobmanager.entrypoint.class";

  /** A cluster of TaskManagers that somebody started. */
  public static final SlotSupply STANDALONE = new SlotSupply(false, OptionalInt.empty(), false);

  static SlotSupply of(Map<String, String> configuration) {
    String target = configuration.getOrDefault(DeploymentOptions.TARGET.key(), "");
    boolean onDemand =
        target.startsWith("kubernetes-")
            || target.startsWith("yarn-")
            || configuration.containsKey(NATIVE_KUBERNETES);
    String most = configuration.get(ResourceManagerOptions.MAX_SLOT_NUM.key());
    return new SlotSupply(
        onDemand,
        most == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(most)),
        "reactive".equalsIgnoreCase(configuration.get(JobManagerOptions.SCHEDULER_MODE.key()))
            || "adaptive".equalsIgnoreCase(configuration.get(JobManagerOptions.SCHEDULER.key())));
  }

  /** How many slots must be free for a job that wants so many. */
  int needed(int wanted) {
    if (onDemand) {
      return 0;
    }
    return adaptive ? 1 : wanted;
  }
}
