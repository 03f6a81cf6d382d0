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
 * @param reloadMs how often its directory is looked at for a new version, milliseconds; 0: never
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
    GenerationSpec generation,
    long reloadMs)
    implements Serializable {

  private static final long serialVersionUID = 1L;

  public ModelSpec {
    if (name.isBlank()) {
      throw new IllegalArgumentException("a model needs a name");
    }
    if (shards < 1) {
      throw new IllegalArgumentException("shards must be 1 or more, not " + shards);
    }
    if (reloadMs < 0) {
      throw new IllegalArgumentException("reloadMs must be 0 or more, not " + reloadMs);
    }
  }

  /** A model of one version as long as the job runs. */
  public ModelSpec(
      String name,
      TaskType task,
      String path,
      Quantization quantization,
      DevicePreference device,
      int shards,
      EncoderSpec encoder,
      BatchingSpec batching,
      RetrySpec retry,
      GenerationSpec generation) {
    this(name, task, path, quantization, device, shards, encoder, batching, retry, generation, 0);
  }

  /** The same model, its directory looked at so often, milliseconds. */
  public ModelSpec reloadedEvery(long intervalMs) {
    return new ModelSpec(
        name,
        task,
        path,
        quantization,
        device,
        shards,
        encoder,
        batching,
        retry,
        generation,
        intervalMs);
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
