package org.openautoglm.operators.inference.reload;

import java.util.List;
import org.openautoglm.operators.inference.InferenceEngine;

/** One version of a model in memory, on all the devices it is to run on. */
public interface LoadedVersion extends AutoCloseable {

  /** One engine for each device, the preferred first. */
  List<InferenceEngine> engines();

  /** Frees the engines; called once, when nothing runs on them. */
  @Override
  void close();
}
