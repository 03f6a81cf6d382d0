package org.openautoglm.operators.inference;

import java.io.Serializable;
import org.apache.flink.api.common.functions.RuntimeContext;

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
   * @param context says which devices the task manager offers
   * @throws ModelLoadException when the directory or the device cannot serve; says what is missing
   */
  EngineLease engines(ModelSpec spec, RuntimeContext context) throws ModelLoadException;
}
