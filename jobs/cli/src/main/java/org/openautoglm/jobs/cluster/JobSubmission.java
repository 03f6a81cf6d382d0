package org.openautoglm.jobs.cluster;

import java.io.IOException;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ResourceManagerOptions;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.rest.handler.legacy.messages.ClusterOverviewWithVersion;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.local.Causes;
import org.openautoglm.jobs.local.JobDefinition;

/**
 * A job on its way to a cluster: its graph is made here, and the cluster's own configuration holds
 * for all that the job does not say.
 *
 * @param configuration the job's own
 * @param options Flink's, for this job
 * @param start what it goes on from; empty: it begins anew
 */
public record JobSubmission(
    JobConfiguration configuration, Configuration options, Optional<StartingPoint> start) {
  private static final int SLOT_LOOKS = 25;

  /**
   * A savepoint, or a checkpoint that was kept.
   *
   * @param path where it lies
   * @param claimed whether Flink deletes it when the job has newer ones, so that nobody goes back
   *     to it by mistake
   */
  public record StartingPoint(String path, boolean claimed) {}

  /** How many slots the job takes: all its stages share them. */
  public int slots(FlinkRest cluster) throws IOException {
    return configuration.parallelism().isPresent()
        ? configuration.parallelism().getAsInt()
        : cluster.defaultParallelism();
  }

  /**
   * Sees to it that the cluster has room, since a job without would wait, and then fail. A job that
   * has ended gives its slots back a moment later, so it looks more than once where there are
   * enough in all. A cluster that starts TaskManagers by itself has room up to its bound.
   *
   * @param pause waits between two looks; false: no further one
   * @return what to tell people of slots that are not there yet, or will not be
   * @throws IOException when it has not; the message is for people
   */
  public Optional<String> requireSlots(FlinkRest cluster, BooleanSupplier pause)
      throws IOException {
    return requireSlots(cluster, cluster.slotSupply(), pause);
  }

  Optional<String> requireSlots(FlinkRest cluster, SlotSupply supply, BooleanSupplier pause)
      throws IOException {
    int wanted = slots(cluster);
    int needed = supply.needed(wanted);
    ClusterOverviewWithVersion overview = cluster.overview();
    for (int look = 1;
        look < SLOT_LOOKS
            && overview.getNumSlotsAvailable() < needed
            && overview.getNumSlotsTotal() >= needed
            && pause.getAsBoolean();
        look++) {
      overview = cluster.overview();
    }
    int free = overview.getNumSlotsAvailable();
    if (supply.onDemand()
        && wanted > supply.most().orElse(Integer.MAX_VALUE) - overview.getNumSlotsTotal() + free) {
      throw new IOException(
          ("the job needs %d slots, but %s starts no more than %d in all (%s), and %d of them are"
                  + " taken; lower its parallelism, or raise that bound")
              .formatted(
                  wanted,
                  cluster.url(),
                  supply.most().getAsInt(),
                  ResourceManagerOptions.MAX_SLOT_NUM.key(),
                  overview.getNumSlotsTotal() - free));
    }
    if (free < needed) {
      throw new IOException(
          ("the job needs %d slots, but %d of %d are free at %s; lower its parallelism, cancel"
                  + " another job, or add TaskManagers")
              .formatted(needed, free, overview.getNumSlotsTotal(), cluster.url()));
    }
    if (free >= wanted) {
      return Optional.empty();
    }
    return Optional.of(
        (supply.onDemand()
                ? "%d of %d slots are free; the cluster starts TaskManagers for the others"
                : "%d of %d slots are free; the adaptive scheduler takes those")
            .formatted(free, wanted));
  }

  /** The job's graph, at the given parallelism where its configuration says none. */
  public JobGraph graph(JobDefinition definition, int defaultParallelism) throws IOException {
    Configuration flink = new Configuration(options);
    flink.set(CoreOptions.DEFAULT_PARALLELISM, defaultParallelism);
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(flink);
    try {
      definition.define(env, configuration);
    } catch (Exception e) {
      throw new IOException(Causes.rootMessage(e), e);
    }
    JobGraph graph = env.getStreamGraph().getJobGraph();
    start.ifPresent(
        from ->
            graph.setSavepointRestoreSettings(
                SavepointRestoreSettings.forPath(
                    from.path(),
                    false,
                    from.claimed() ? RecoveryClaimMode.CLAIM : RecoveryClaimMode.NO_CLAIM)));
    return graph;
  }
}
