package org.openautoglm.operators.inference.onnx.runtime;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.concurrent.ExecutionException;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ProcessWide;
import org.openautoglm.operators.inference.sharing.NativeCleaner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ONNX Runtime's one environment of this process, alive until the process ends.
 *
 * <p>ONNX Runtime for Java frees its environment in a shutdown hook, while other threads still use
 * it: a process that is stopped while it loads a model aborts (onnxruntime#31352). The native
 * environment counts its references, so a second one, never given back, keeps it alive. There is no
 * public way to take one; where the private one is not there, the hook stays as it is.
 */
public final class RuntimeEnvironment {
  private static final Logger LOG = LoggerFactory.getLogger(RuntimeEnvironment.class);

  private static final String NAME = "autoglm";

  private RuntimeEnvironment() {}

  /**
   * The environment, made by whoever asks first.
   *
   * @throws ModelLoadException when the native library cannot be loaded
   */
  public static OrtEnvironment get() throws ModelLoadException {
    try {
      return Holder.ONLY;
    } catch (LinkageError | IllegalStateException e) {
      throw new ModelLoadException(
          "ONNX Runtime cannot be loaded: " + e + "; its jar belongs in Flink's lib directory", e);
    }
  }

  private static OrtEnvironment create() {
    NativeCleaner.start();
    Telemetry.disable();
    // What goes wrong comes as an exception; a line on standard error for each poison row would
    // flood.
    OrtLoggingLevel level = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;
    OrtEnvironment environment = environment(level);
    try {
      Field api = Class.forName("ai.onnxruntime.OnnxRuntime").getDeclaredField("ortApiHandle");
      api.setAccessible(true);
      Method reference =
          OrtEnvironment.class.getDeclaredMethod(
              "createHandle", long.class, int.class, String.class);
      reference.setAccessible(true);
      reference.invoke(null, api.getLong(null), level.getValue(), NAME);
    } catch (ReflectiveOperationException | RuntimeException e) {
      LOG.debug("ONNX Runtime may abort when this process is stopped while it loads a model", e);
    }
    return environment;
  }

  /** Its shutdown hook is a thread. */
  private static OrtEnvironment environment(OrtLoggingLevel level) {
    try {
      MethodHandle getEnvironment =
          MethodHandles.publicLookup()
              .findStatic(
                  OrtEnvironment.class,
                  "getEnvironment",
                  MethodType.methodType(OrtEnvironment.class, OrtLoggingLevel.class, String.class));
      return (OrtEnvironment)
          ProcessWide.call(MethodHandles.insertArguments(getEnvironment, 0, level, NAME));
    } catch (ReflectiveOperationException e) {
      return OrtEnvironment.getEnvironment(level, NAME);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private static final class Holder {
    private static final OrtEnvironment ONLY = create();
  }
}
