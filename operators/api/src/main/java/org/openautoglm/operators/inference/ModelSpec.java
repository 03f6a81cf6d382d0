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
 * @param keepLoadedMs how long its engines stay in memory when nobody uses them, milliseconds
 * @param runTimeoutMs how long a run on a device may take, of what generates one step,
 *     milliseconds; 0: as long as it likes
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
    long reloadMs,
    long keepLoadedMs,
    long runTimeoutMs)
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
    if (keepLoadedMs < 0 || runTimeoutMs < 0) {
      throw new IllegalArgumentException(
          "keepLoadedMs %d, runTimeoutMs %d".formatted(keepLoadedMs, runTimeoutMs));
    }
  }

  /** A model of one version as long as the job runs, freed when nobody uses it. */
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
    this(
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
        0,
        0,
        0);
  }

  /** The same model, its directory looked at so often, milliseconds. */
  public ModelSpec reloadedEvery(long intervalMs) {
    return serving(intervalMs, keepLoadedMs, runTimeoutMs);
  }

  /** The same model, kept in memory so long after its last use, milliseconds. */
  public ModelSpec keptLoaded(long keepMs) {
    return serving(reloadMs, keepMs, runTimeoutMs);
  }

  /** The same model, whose runs may take so long, milliseconds. */
  public ModelSpec runsWithin(long timeoutMs) {
    return serving(reloadMs, keepLoadedMs, timeoutMs);
  }

  private ModelSpec serving(long intervalMs, long keepMs, long timeoutMs) {
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
        intervalMs,
        keepMs,
        timeoutMs);
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
