package org.openautoglm.operators.inference.onnx;

import java.io.Serializable;
import java.util.List;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.streaming.api.operators.StreamingRuntimeContext;

/** Which GPUs a task manager offers; an own interface because a mini cluster never offers any. */
@FunctionalInterface
public interface OfferedGpus extends Serializable {

  /** The GPUs that Flink's external-resource framework knows under the name {@code gpu}. */
  OfferedGpus OF_FLINK = new OfFlink();

  /** Their indexes as CUDA counts them, in order; empty where none are configured. */
  List<Integer> indexes(RuntimeContext context);

  /** How many slots of the task manager share them. */
  default int slots(RuntimeContext context) {
    return 1;
  }

  /** What Flink says: the same GPUs to every slot of a task manager. */
  final class OfFlink implements OfferedGpus {
    private static final long serialVersionUID = 1L;

    private OfFlink() {}

    @Override
    public List<Integer> indexes(RuntimeContext context) {
      return context.getExternalResourceInfos("gpu").stream()
          .flatMap(info -> info.getProperty("index").stream())
          .map(Integer::valueOf)
          .sorted()
          .toList();
    }

    @Override
    public int slots(RuntimeContext context) {
      return context instanceof StreamingRuntimeContext streaming
          ? streaming
              .getTaskManagerRuntimeInfo()
              .getConfiguration()
              .get(TaskManagerOptions.NUM_TASK_SLOTS)
          : 1;
    }
  }
}
