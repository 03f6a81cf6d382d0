package org.openautoglm.operators.inference.onnx;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
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
import org.openautoglm.operators.inference.TaskContext;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.model.ModelContract;
import org.openautoglm.operators.inference.model.ModelDirectory;
import org.openautoglm.operators.inference.reload.ModelVersions;
import org.openautoglm.operators.inference.sharing.SharedPool;
import org.openautoglm.operators.inference.sharing.SharedPool.Share;
import org.openautoglm.operators.inference.tokenization.PromptPreparer;
import org.openautoglm.operators.inference.tokenization.TextPreparer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Models out of directories, on ONNX Runtime. A model is loaded once for each device and class
 * loader of a process, by the first subtask that asks, and freed some time after the last lease, or
 * when the job's classes are released. Whoever asks meanwhile takes it over, if the directory still
 * holds the same. Where it is to be reloaded, its directory is watched as long as there is a lease.
 *
 * <p>A task that waits for a model can be cancelled: see {@link Loading}.
 */
public final class OnnxModelProvider implements ModelProvider {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(OnnxModelProvider.class);

  private static final SharedPool<EngineKey, LoadedEngine> LOADED = new SharedPool<>();
  private static final SharedPool<WatchKey, ModelVersions<DirectoryVersion>> WATCHED =
      new SharedPool<>();
  private static final Set<String> SAID = ConcurrentHashMap.newKeySet();
  private static final String RELEASE_HOOK = "autoglm-engines";
  private static final GpuSeats SEATS = GpuSeats.ofProcess();

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
    return Loading.await(spec.name(), () -> preparer(spec, directory(spec)));
  }

  static RowPreparer preparer(ModelSpec spec, ModelDirectory directory) throws ModelLoadException {
    return spec.task() == TaskType.TEXT_GENERATION
        ? PromptPreparer.open(spec, directory)
        : TextPreparer.open(spec, directory);
  }

  @Override
  public EngineLease engines(ModelSpec spec, TaskContext task) throws ModelLoadException {
    task.onRelease(RELEASE_HOOK, OnnxModelProvider::release);
    List<Integer> offered = spec.device() == DevicePreference.CPU ? List.of() : task.gpus();
    if (offered.isEmpty()) {
      return Loading.await(spec.name(), () -> lease(spec, List.of()));
    }
    String subtask = task.subtask();
    List<Integer> own = GpuSeats.ofSeat(SEATS.take(subtask), task.slots(), offered);
    if (SAID.add(subtask)) {
      LOG.info("GPUs {} of {} are this subtask's", own, offered);
    }
    boolean leased = false;
    try {
      EngineLease lease =
          new SeatedLease(Loading.await(spec.name(), () -> lease(spec, own)), SEATS, subtask);
      leased = true;
      return lease;
    } finally {
      if (!leased) {
        SEATS.giveBack(subtask);
      }
    }
  }

  /** The job's classes are about to go: nothing of it stays in memory. */
  static void release() {
    Loading.interruptAbandoned();
    LOADED.closeUnused(key -> true);
  }

  /**
   * @param own the subtask's GPUs; empty where none are offered
   */
  private static EngineLease lease(ModelSpec spec, List<Integer> own) throws ModelLoadException {
    if (spec.reloadMs() == 0) {
      return new Lease(shares(spec, directory(spec), own));
    }
    WatchKey key = new WatchKey(spec, CudaDriver.isPresent() ? own : List.of());
    Share<ModelVersions<DirectoryVersion>> share = WATCHED.acquire(key, () -> watched(spec, own));
    return share.value().lease(share);
  }

  /** Loads what the model's directory holds, and watches it from then on. */
  private static ModelVersions<DirectoryVersion> watched(ModelSpec spec, List<Integer> own)
      throws ModelLoadException {
    DirectoryVersions source = new DirectoryVersions(spec);
    String stamp;
    try {
      stamp = source.stamp();
    } catch (IOException e) {
      // Whoever reads it says what is wrong with it, and how to mend that.
      stamp = "";
    }
    ModelDirectory directory = directory(spec);
    ModelContract contract = ModelContract.of(directory, spec.task());
    DirectoryVersion first =
        new DirectoryVersion(contract, directory.digest(), shares(spec, directory, own));
    ScheduledThreadPoolExecutor thread =
        new ScheduledThreadPoolExecutor(1, new DaemonThread("autoglm-versions-" + spec.name()));
    ModelVersions<DirectoryVersion> versions =
        new ModelVersions<>(spec.name(), first, source, stamp, thread);
    ScheduledFuture<?> unused =
        thread.scheduleWithFixedDelay(
            versions::look, spec.reloadMs(), spec.reloadMs(), TimeUnit.MILLISECONDS);
    return versions;
  }

  private static List<Share<LoadedEngine>> shares(
      ModelSpec spec, ModelDirectory directory, List<Integer> own) throws ModelLoadException {
    List<Share<LoadedEngine>> shares = new ArrayList<>();
    if (spec.device() != DevicePreference.CPU) {
      shares = onGpus(spec, directory, own);
    }
    if (shares.isEmpty()) {
      shares.add(share(spec, directory, Devices.cpu().name()));
    }
    return shares;
  }

  private static List<Share<LoadedEngine>> onGpus(
      ModelSpec spec, ModelDirectory directory, List<Integer> own) throws ModelLoadException {
    List<Share<LoadedEngine>> shares = new ArrayList<>();
    try {
      if (!CudaDriver.isPresent()) {
        throw new ModelLoadException(
            "this machine has no NVIDIA driver: " + CudaDriver.LIBRARY + " is missing");
      }
      for (int index : own.isEmpty() ? List.of(0) : own) {
        shares.add(share(spec, directory, Devices.cuda(index).name()));
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

  /**
   * A share in the engine of a directory on one device.
   *
   * @param device the name of one of {@link Devices}
   */
  static Share<LoadedEngine> share(ModelSpec spec, ModelDirectory directory, String device)
      throws ModelLoadException {
    OptionalInt gpu = Devices.gpu(device);
    Device runner = gpu.isPresent() ? Devices.cuda(gpu.getAsInt()) : Devices.cpu();
    EngineKey key =
        new EngineKey(
            spec.name(),
            spec.task(),
            directory.graph().toString(),
            directory.digest(),
            spec.encoder(),
            spec.generation(),
            spec.runTimeoutMs(),
            device);
    return LOADED.acquire(
        key,
        spec.keepLoadedMs(),
        LoadedEngine::isSound,
        () -> {
          // What was kept of an earlier version has no more use.
          LOADED.closeUnused(key::takesThePlaceOf);
          return EngineLoader.load(spec, directory, runner, gpu);
        });
  }

  /** Everything that an engine depends on: a changed model file is another engine. */
  private record EngineKey(
      String model,
      TaskType task,
      String graph,
      String digest,
      EncoderSpec encoder,
      GenerationSpec generation,
      long runTimeoutMs,
      String device) {

    boolean takesThePlaceOf(EngineKey other) {
      return model.equals(other.model) && device.equals(other.device);
    }
  }

  /** What is watched once in a process: a model, for the same devices. */
  private record WatchKey(ModelSpec spec, List<Integer> gpus) {}

  /** Makes a thread that holds no process back from its end. */
  private record DaemonThread(String name) implements ThreadFactory {
    @Override
    public Thread newThread(Runnable work) {
      Thread thread = new Thread(work, name);
      thread.setDaemon(true);
      return thread;
    }
  }

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
