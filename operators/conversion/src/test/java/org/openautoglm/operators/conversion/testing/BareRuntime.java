package org.openautoglm.operators.conversion.testing;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;

/**
 * ONNX Runtime for tests of graphs, as quiet as the engine has it, and nothing else of the engine.
 */
final class BareRuntime {
  private BareRuntime() {}

  static OrtEnvironment environment() {
    return OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "autoglm");
  }
}
