package org.openautoglm.operators.inference.onnx;

import java.io.Serializable;
import java.util.List;
import org.apache.flink.api.common.functions.RuntimeContext;

/** Which GPUs a task manager offers; an own interface because a mini cluster never offers any. */
@FunctionalInterface
public interface OfferedGpus extends Serializable {

  /** The GPUs that Flink's external-resource framework knows under the name {@code gpu}. */
  OfferedGpus OF_FLINK =
      context ->
          context.getExternalResourceInfos("gpu").stream()
              .flatMap(info -> info.getProperty("index").stream())
              .map(Integer::valueOf)
              .sorted()
              .toList();

  /** Their indexes as CUDA counts them, in order; empty where none are configured. */
  List<Integer> indexes(RuntimeContext context);
}
