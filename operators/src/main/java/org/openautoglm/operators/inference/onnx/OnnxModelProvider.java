package org.openautoglm.operators.inference.onnx;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.DevicePreference;
import org.openautoglm.operators.inference.EncoderSpec;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.GenerationSpec;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelProvider;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.inference.SharedPool;
import org.openautoglm.operators.inference.SharedPool.Share;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.model.ModelDirectory;
import org.openautoglm.operators.inference.tokenization.PromptPreparer;
import org.openautoglm.operators.inference.tokenization.TextPreparer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Models out of directories, on ONNX Runtime. A model is loaded once for each device of a process,
 * by the first subtask that asks, and freed with the last lease.
 */
public final class OnnxModelProvider implements ModelProvider {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(OnnxModelProvider.class);

  private static final SharedPool<EngineKey, LoadedEngine> LOADED = new SharedPool<>();
  private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

  private final OfferedGpus gpus;

  /** Uses the GPUs that Flink offers. */
  public OnnxModelProvider() {
    this(OfferedGpus.OF_FLINK);
  }

  public OnnxModelProvider(OfferedGpus gpus) {
    this.gpus = gpus;
  }

  /** Engines in memory at this moment. */
  static int loaded() {
    return LOADED.size();
  }

  /**
   * The directory that a model runs from: its own, or what its configuration has it converted to,
   * now or before.
   *
   * @throws ModelLoadException when it cannot serve; says what is missing, or where a conversion
   *     differs from its original
   */
  public static ModelDirectory directory(ModelSpec spec) throws ModelLoadException {
    return LoadTimeConversion.directory(spec);
  }

  @Override
  public RowPreparer preparer(ModelSpec spec) throws ModelLoadException {
    ModelDirectory directory = directory(spec);
    return preparer(spec, directory);
  }

  static RowPreparer preparer(ModelSpec spec, ModelDirectory directory) throws ModelLoadException {
    return spec.task() == TaskType.TEXT_GENERATION
        ? PromptPreparer.open(spec, directory)
        : TextPreparer.open(spec, directory);
  }

  @Override
  public EngineLease engines(ModelSpec spec, RuntimeContext context) throws ModelLoadException {
    ModelDirectory directory = directory(spec);
    List<Share<LoadedEngine>> shares = new ArrayList<>();
    if (spec.device() != DevicePreference.CPU) {
      shares = onGpus(spec, directory, context);
    }
    if (shares.isEmpty()) {
      shares.add(share(spec, directory, Devices.cpu(), OptionalInt.empty()));
    }
    return new Lease(shares);
  }

  private List<Share<LoadedEngine>> onGpus(
      ModelSpec spec, ModelDirectory directory, RuntimeContext context) throws ModelLoadException {
    List<Share<LoadedEngine>> shares = new ArrayList<>();
    try {
      if (!CudaDriver.isPresent()) {
        throw new ModelLoadException(
            "this machine has no NVIDIA driver: " + CudaDriver.LIBRARY + " is missing");
      }
      List<Integer> offered = gpus.indexes(context);
      for (int index : offered.isEmpty() ? List.of(0) : offered) {
        shares.add(share(spec, directory, Devices.cuda(index), OptionalInt.of(index)));
      }
      return shares;
    } catch (ModelLoadException e) {
      shares.forEach(Share::close);
      if (spec.device() == DevicePreference.CUDA) {
        throw new ModelLoadException(
            "model "
                + spec.name()
                + " wants a GPU (device: cuda), but "
                + e.getMessage()
                + "; mend that, or set device to auto",
            e);
      }
      sayOnce(spec, e);
      return new ArrayList<>();
    }
  }

  private static void sayOnce(ModelSpec spec, ModelLoadException reason) {
    String words = "Model " + spec.name() + " runs on the CPU: " + reason.getMessage();
    if (SAID.add(words)) {
      if (CudaDriver.isPresent()) {
        LOG.warn(words, reason);
      } else {
        LOG.info(words);
      }
    }
  }

  private static Share<LoadedEngine> share(
      ModelSpec spec, ModelDirectory directory, Device device, OptionalInt gpu)
      throws ModelLoadException {
    EngineKey key =
        new EngineKey(
            spec.name(),
            spec.task(),
            directory.graph().toString(),
            directory.digest(),
            spec.encoder(),
            spec.generation(),
            device.name());
    return LOADED.acquire(key, () -> EngineLoader.load(spec, directory, device, gpu));
  }

  /** Everything that an engine depends on: a changed model file is another engine. */
  private record EngineKey(
      String model,
      TaskType task,
      String graph,
      String digest,
      EncoderSpec encoder,
      GenerationSpec generation,
      String device) {}

  private record Lease(List<Share<LoadedEngine>> shares) implements EngineLease {
    @Override
    public List<InferenceEngine> engines() {
      return shares.stream().<InferenceEngine>map(Share::value).toList();
    }

    @Override
    public void close() {
      shares.forEach(Share::close);
    }
  }
}
