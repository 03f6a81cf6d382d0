package org.openautoglm.operators.inference;

import java.io.Serializable;

/** Where operators get their models from; shipped with the job, so it holds no model itself. */
public interface ModelProvider extends Serializable {

  /**
   * What makes rows of a model's inputs: its tokenizer and its limits. Shared within the process.
   *
   * @throws ModelLoadException when the directory cannot serve; says what is missing
   */
  RowPreparer preparer(ModelSpec spec) throws ModelLoadException;

  /**
   * A share in a model's engines, loaded by whoever asks first.
   *
   * @param task says which devices its process offers
   * @throws ModelLoadException when the directory or the device cannot serve; says what is missing
   */
  EngineLease engines(ModelSpec spec, TaskContext task) throws ModelLoadException;

  /** The same outside of a task. */
  default EngineLease engines(ModelSpec spec) throws ModelLoadException {
    return engines(spec, TaskContext.NONE);
  }
}
