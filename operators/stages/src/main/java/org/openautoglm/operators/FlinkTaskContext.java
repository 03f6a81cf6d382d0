package org.openautoglm.operators;

import java.util.List;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.streaming.api.operators.StreamingRuntimeContext;
import org.openautoglm.operators.inference.TaskContext;

/** What Flink says of a task: the same GPUs to every slot of a TaskManager. */
public record FlinkTaskContext(RuntimeContext flink) implements TaskContext {
  /** What the external-resource framework is to call GPUs. */
  private static final String RESOURCE = "gpu";

  @Override
  public String subtask() {
    return flink.getJobInfo().getJobId()
        + " "
        + flink.getTaskInfo().getTaskName()
        + " "
        + flink.getTaskInfo().getIndexOfThisSubtask();
  }

  @Override
  public List<Integer> gpus() {
    return flink.getExternalResourceInfos(RESOURCE).stream()
        .flatMap(info -> info.getProperty("index").stream())
        .map(Integer::valueOf)
        .sorted()
        .toList();
  }

  @Override
  public int slots() {
    return flink instanceof StreamingRuntimeContext streaming
        ? streaming
            .getTaskManagerRuntimeInfo()
            .getConfiguration()
            .get(TaskManagerOptions.NUM_TASK_SLOTS)
        : 1;
  }

  @Override
  public void onRelease(String name, Runnable action) {
    flink.registerUserCodeClassLoaderReleaseHookIfAbsent(name, action);
  }
}
