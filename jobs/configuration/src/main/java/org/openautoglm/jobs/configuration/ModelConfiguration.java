package org.openautoglm.jobs.configuration;

import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.BatchingSpec.Policy;
import org.openautoglm.operators.inference.DevicePreference;
import org.openautoglm.operators.inference.EncoderSpec;
import org.openautoglm.operators.inference.EncoderSpec.Normalization;
import org.openautoglm.operators.inference.EncoderSpec.Pooling;
import org.openautoglm.operators.inference.GenerationSpec;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.Quantization;
import org.openautoglm.operators.inference.RetrySpec;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.WaitingSpec;
import org.openautoglm.operators.inference.WaitingSpec.Overload;

/**
 * One model and how its prompts are run.
 *
 * @param modelName what requests call {@code model_id}
 * @param taskType what it does with an input
 * @param path its directory, or any Flink file system URI of one
 * @param reload how often the directory is looked at for a new version; 0: never
 * @param keepLoaded how long it stays in memory when nobody uses it
 * @param quantize what its weights become when it is loaded
 * @param device where it should run
 * @param shards windows its prompts are spread over
 * @param maxTokens the longest input in tokens; 0: what the directory says
 * @param truncate cut inputs that are too long
 * @param pooling how token vectors become one
 * @param normalize whether vectors are scaled to length 1
 * @param generation how much it may hold and say, where it generates
 * @param batching how inputs are gathered
 * @param retry what is done about failures that may pass
 */
public record ModelConfiguration(
    String modelName,
    TaskType taskType,
    String path,
    Duration reload,
    Duration keepLoaded,
    Quantization quantize,
    DevicePreference device,
    int shards,
    int maxTokens,
    boolean truncate,
    Pooling pooling,
    Normalization normalize,
    Generation generation,
    Batching batching,
    Retry retry) {
  /** What a path begins with that is a URI, of one of Flink's file systems. */
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:");

  /**
   * How much a model that generates text may hold and say.
   *
   * @param maxNewTokens the most tokens of an answer whose request does not say; 0: what the
   *     directory says
   * @param contextTokens the most tokens of prompt and answer together
   * @param slots inputs that are answered at the same time
   * @param kvCacheBytes what all slots may take, bytes
   */
  public record Generation(int maxNewTokens, int contextTokens, int slots, long kvCacheBytes) {}

  /**
   * How inputs are gathered into batches.
   *
   * @param maxRows the most inputs of a batch
   * @param maxPaddedTokens the most padded tokens of a batch
   * @param linger how long a batch may be held back to grow
   * @param maxWaitingRows the most inputs that wait on the heap for one window
   * @param maxWaitingBytes the most bytes of prompts on the heap for one window
   * @param maxSpilledRows the most inputs that wait on disk for one window
   * @param maxSpilledBytes the most bytes of prompts that wait on disk for one window
   * @param overload what becomes of a prompt when nothing more may wait
   * @param policy which inputs run next
   * @param maxSkipped how long others may be preferred to a waiting input
   */
  public record Batching(
      int maxRows,
      int maxPaddedTokens,
      Duration linger,
      int maxWaitingRows,
      long maxWaitingBytes,
      long maxSpilledRows,
      long maxSpilledBytes,
      Overload overload,
      Policy policy,
      Duration maxSkipped) {}

  /**
   * What is done about failures that may pass.
   *
   * @param maxAttempts runs of one input before it fails
   * @param delay the wait before the second run
   * @param delayMax the longest wait between two runs
   */
  public record Retry(int maxAttempts, Duration delay, Duration delayMax) {}

  /** The same model with its path, where that is relative, resolved; a URI stays as it is. */
  ModelConfiguration withPathFrom(Path base) {
    boolean isUri = SCHEME.matcher(path).lookingAt();
    return new ModelConfiguration(
        modelName,
        taskType,
        isUri ? path : base.resolve(path).toAbsolutePath().normalize().toString(),
        reload,
        keepLoaded,
        quantize,
        device,
        shards,
        maxTokens,
        truncate,
        pooling,
        normalize,
        generation,
        batching,
        retry);
  }

  /** The model as the operators need it. */
  public ModelSpec toSpec() {
    return new ModelSpec(
        modelName,
        taskType,
        path,
        quantize,
        device,
        shards,
        new EncoderSpec(maxTokens, truncate, pooling, normalize),
        new BatchingSpec(
            batching.maxRows,
            batching.maxPaddedTokens,
            batching.linger.toMillis(),
            batching.maxWaitingRows,
            batching.policy,
            batching.maxSkipped.toMillis(),
            new WaitingSpec(
                batching.maxWaitingBytes,
                batching.maxSpilledRows,
                batching.maxSpilledBytes,
                batching.overload)),
        new RetrySpec(retry.maxAttempts, retry.delay.toMillis(), retry.delayMax.toMillis()),
        new GenerationSpec(
            generation.maxNewTokens,
            generation.contextTokens,
            generation.slots,
            generation.kvCacheBytes),
        reload.toMillis(),
        keepLoaded.toMillis(),
        0);
  }
}
