package org.openautoglm.operators;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.JobID;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.clusterframework.types.ResourceID;
import org.apache.flink.runtime.executiongraph.ExecutionGraphTestUtils;
import org.apache.flink.runtime.metrics.groups.AbstractMetricGroup;
import org.apache.flink.runtime.metrics.groups.TaskManagerMetricGroup;
import org.apache.flink.runtime.metrics.groups.TaskMetricGroup;
import org.apache.flink.runtime.metrics.util.TestingMetricRegistry;

/** A metric registry that keeps the product's counters, so that tests can read them. */
public final class CountedMetrics {
  private final Map<String, Counter> counters = new ConcurrentHashMap<>();

  /** The metric group of a task, for a harness's environment. */
  public TaskMetricGroup taskGroup() {
    TestingMetricRegistry registry =
        TestingMetricRegistry.builder()
            .setRegisterConsumer(
                (metric, name, group) -> {
                  if (metric instanceof Counter counter) {
                    counters.put(path(name, group), counter);
                  }
                })
            .build();
    return TaskManagerMetricGroup.createTaskManagerMetricGroup(
            registry, "host", ResourceID.generate())
        .addJob(new JobID(), "job")
        .addTask(ExecutionGraphTestUtils.createExecutionAttemptId(), "task");
  }

  /**
   * A counter's value.
   *
   * @param path the groups below {@code autoglm} and the name, such as {@code
   *     stage.decode.requestsIn}
   */
  public long count(String path) {
    return counters.get(path).getCount();
  }

  private static String path(String name, AbstractMetricGroup<?> group) {
    String[] scope = group.getScopeComponents();
    StringBuilder path = new StringBuilder();
    boolean below = false;
    for (String component : scope) {
      if (below) {
        path.append(component).append('.');
      }
      below |= component.equals("autoglm");
    }
    return path.append(name).toString();
  }
}
