package org.openautoglm.operators.inference;

import java.io.Serializable;

/**
 * One configured model, as the operators need it.
 *
 * @param name what requests call {@code model_id}
 * @param task what it does
 * @param path a model directory, or any Flink file system URI of one
 * @param quantization what its weights become when it is loaded
 * @param device where it should run
 * @param shards how many batch keys it is spread over, 1 or more
 * @param encoder how rows are cut and answers made, where the directory does not say or says wrong
 * @param batching how its rows are gathered
 * @param retry what is done about failures that may pass
 * @param generation how much it may hold and say, where it generates
 */
public record ModelSpec(
    String name,
    TaskType task,
    String path,
    Quantization quantization,
    DevicePreference device,
    int shards,
    EncoderSpec encoder,
    BatchingSpec batching,
    RetrySpec retry,
    GenerationSpec generation)
    implements Serializable {

  private static final long serialVersionUID = 1L;

  public ModelSpec {
    if (name.isBlank()) {
      throw new IllegalArgumentException("a model needs a name");
    }
    if (shards < 1) {
      throw new IllegalArgumentException("shards must be 1 or more, not " + shards);
    }
  }

  /** A model that runs as its directory has it, and generates, if it does, as is usual. */
  public ModelSpec(
      String name,
      TaskType task,
      String path,
      DevicePreference device,
      int shards,
      EncoderSpec encoder,
      BatchingSpec batching,
      RetrySpec retry) {
    this(
        name,
        task,
        path,
        Quantization.NONE,
        device,
        shards,
        encoder,
        batching,
        retry,
        GenerationSpec.STANDARD);
  }
}
