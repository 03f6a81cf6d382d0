package org.openautoglm.operators.inference.onnx;

import org.openautoglm.operators.inference.InferenceEngine;

/** An engine as whoever loaded it sees it. */
interface LoadedEngine extends InferenceEngine, AutoCloseable {

  /** Whether it is worth keeping when nobody uses it. */
  default boolean isSound() {
    return true;
  }

  /** Frees the model; what still runs ends first, with an answer or without. */
  @Override
  void close();
}
