package org.openautoglm.jobs.kafka.transactions;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.metrics.MetricGroup;
import org.openautoglm.operators.inference.ProcessWide;

/**
 * The transactions of a job that committers of this process have found to be lost, by name. A
 * committer that finds one ends with its task at once, before anybody has read its metrics; what it
 * notes here outlives it, and the next attempt's reader sends it to the JobManager.
 *
 * <p>Holds only objects of the JDK's classes, a few for each job that has lost something, until the
 * process ends. Thread-safe.
 *
 * @param names of transactions
 */
public record NotedLosses(Set<String> names) implements SourceEvent {
  private static final long serialVersionUID = 1L;

  public NotedLosses {
    names = Set.copyOf(names);
  }

  /** Those of the job that has these metrics. */
  public static NotedLosses of(MetricGroup metrics) {
    return new NotedLosses(noted(metrics));
  }

  static void note(MetricGroup metrics, String name) {
    noted(metrics).add(name);
  }

  /** Somebody has given it up: it is nothing to be seen to any more. */
  static void forget(MetricGroup metrics, String name) {
    noted(metrics).remove(name);
  }

  @SuppressWarnings("unchecked") // Nobody else uses these names.
  private static Set<String> noted(MetricGroup metrics) {
    String job = metrics.getAllVariables().getOrDefault("<job_id>", "?");
    return (Set<String>)
        ProcessWide.objects()
            .computeIfAbsent(
                "autoglm lost transactions of " + job, key -> ConcurrentHashMap.newKeySet());
  }
}
