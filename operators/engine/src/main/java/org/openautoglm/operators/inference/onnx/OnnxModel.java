package org.openautoglm.operators.inference.onnx;

import java.nio.file.Path;
import java.util.OptionalInt;
import org.openautoglm.operators.inference.DevicePreference;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.model.ModelDirectory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model of a local directory, loaded for one owner and without Flink: the same preparer and the
 * same engine that the job has. Thread-safe.
 */
public final class OnnxModel implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OnnxModel.class);

  private final TaskType task;
  private final RowPreparer preparer;
  private final LoadedEngine engine;

  private OnnxModel(TaskType task, RowPreparer preparer, LoadedEngine engine) {
    this.task = task;
    this.preparer = preparer;
    this.engine = engine;
  }

  /**
   * Loads a model.
   *
   * @param spec its path is a local directory
   * @throws ModelLoadException when the directory or the device cannot serve; says what is missing
   */
  public static OnnxModel open(ModelSpec spec) throws ModelLoadException {
    ModelDirectory directory = ModelDirectory.openLocal(Path.of(spec.path()));
    RowPreparer preparer = OnnxModelProvider.preparer(spec, directory);
    boolean loaded = false;
    try {
      LoadedEngine engine = load(spec, directory);
      loaded = true;
      return new OnnxModel(spec.task(), preparer, engine);
    } finally {
      if (!loaded) {
        preparer.close();
      }
    }
  }

  private static LoadedEngine load(ModelSpec spec, ModelDirectory directory)
      throws ModelLoadException {
    boolean wanted = spec.device() != DevicePreference.CPU;
    if (wanted && (CudaDriver.isPresent() || spec.device() == DevicePreference.CUDA)) {
      try {
        return EngineLoader.load(spec, directory, Devices.cuda(0), OptionalInt.of(0));
      } catch (ModelLoadException e) {
        if (spec.device() == DevicePreference.CUDA) {
          throw e;
        }
        LOG.warn("Model {} runs on the CPU: {}", spec.name(), e.getMessage());
      }
    }
    return EngineLoader.load(spec, directory, Devices.cpu(), OptionalInt.empty());
  }

  public TaskType task() {
    return task;
  }

  /** Makes rows of inputs. */
  public RowPreparer preparer() {
    return preparer;
  }

  /** Answers rows; any number of threads may call it. */
  public InferenceEngine engine() {
    return engine;
  }

  @Override
  public String toString() {
    return engine.toString();
  }

  @Override
  public void close() {
    preparer.close();
    engine.close();
  }
}
