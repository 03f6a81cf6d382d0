package org.openautoglm.operators.inference.onnx.runtime;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.OrtSession.SessionOptions.ExecutionMode;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.openautoglm.operators.inference.ModelLoadException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes sessions with the settings that were measured to be the best. */
public final class Sessions {
  private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

  private Sessions() {}

  /**
   * Loads a graph by its path, which takes half the memory that loading it from bytes takes.
   *
   * @param gpu the GPU to run on, or the CPU
   */
  public static OrtSession open(OrtEnvironment environment, Path graph, OptionalInt gpu)
      throws OrtException {
    try (SessionOptions options = new SessionOptions()) {
      // Each lane's own thread does the work of its batch: pools of threads get in each other's
      // way.
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      options.setExecutionMode(ExecutionMode.SEQUENTIAL);
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      options.addConfigEntry("session.inter_op.allow_spinning", "0");
      options.setOptimizationLevel(OptLevel.ALL_OPT);
      // Plans memory anew for each shape and keeps every plan; batches have a new shape each.
      options.setMemoryPatternOptimization(false);
      if (gpu.isPresent()) {
        addCuda(options, gpu.getAsInt());
      }
      return environment.createSession(graph.toString(), options);
    }
  }

  /**
   * Loads a graph, or says what is wrong with its file.
   *
   * @param gpu the GPU to run on, or the CPU
   */
  public static OrtSession load(OrtEnvironment environment, Path graph, OptionalInt gpu)
      throws ModelLoadException {
    try {
      return open(environment, graph, gpu);
    } catch (OrtException e) {
      throw new ModelLoadException(
          graph
              + " cannot be loaded: "
              + e.getMessage()
              + "; it may be truncated: fetch it again, with the files of its weights beside it",
          e);
    }
  }

  private static void addCuda(SessionOptions options, int gpu) throws OrtException {
    try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(gpu)) {
      cuda.add("arena_extend_strategy", "kSameAsRequested");
      options.addCUDA(cuda);
    }
  }

  public static void close(OrtSession session) {
    try {
      session.close();
    } catch (OrtException e) {
      LOG.warn("A session did not close; its memory is lost until the process ends", e);
    }
  }
}
