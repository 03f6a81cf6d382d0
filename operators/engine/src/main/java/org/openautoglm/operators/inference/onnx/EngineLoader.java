package org.openautoglm.operators.inference.onnx;

import java.util.OptionalInt;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.model.ModelDirectory;

/** Makes engines of model directories, each by the loader of its task. */
final class EngineLoader {
  private EngineLoader() {}

  /**
   * Loads and probes a model.
   *
   * @param device where it runs
   * @param gpu the GPU that the device stands for, or the CPU
   * @throws ModelLoadException when the model cannot serve on this device; says what is missing
   */
  static LoadedEngine load(ModelSpec spec, ModelDirectory directory, Device device, OptionalInt gpu)
      throws ModelLoadException {
    return spec.task() == TaskType.TEXT_GENERATION
        ? new DecoderLoader(spec, directory).load(device, gpu)
        : new EncoderLoader(spec, directory).load(device, gpu);
  }
}
