package org.openautoglm.operators.inference.auto;

import java.nio.file.Path;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.BatchingSpec.Policy;
import org.openautoglm.operators.inference.DevicePreference;
import org.openautoglm.operators.inference.EncoderSpec;
import org.openautoglm.operators.inference.GenerationSpec;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.Quantization;
import org.openautoglm.operators.inference.RetrySpec;
import org.openautoglm.operators.inference.TaskType;

/**
 * How a model is loaded. Immutable: each {@code with} is a copy.
 *
 * @param device where it runs
 * @param encoder how inputs are cut and answers made, where the directory does not say or says
 *     wrong
 * @param generation how much a text-generating model may hold and say
 */
public record LoadOptions(DevicePreference device, EncoderSpec encoder, GenerationSpec generation) {

  /** On a GPU where one works, everything else as the directory says. */
  public static LoadOptions standard() {
    return new LoadOptions(DevicePreference.AUTO, EncoderSpec.FROM_MODEL, GenerationSpec.STANDARD);
  }

  public LoadOptions withDevice(DevicePreference value) {
    return new LoadOptions(value, encoder, generation);
  }

  public LoadOptions withEncoder(EncoderSpec value) {
    return new LoadOptions(device, value, generation);
  }

  public LoadOptions withGeneration(GenerationSpec value) {
    return new LoadOptions(device, encoder, value);
  }

  /** The model as engines are configured; batching and retries are the job's and mean nothing. */
  ModelSpec spec(Path directory, TaskType task) {
    Path name = directory.toAbsolutePath().normalize().getFileName();
    return new ModelSpec(
        name == null ? "model" : name.toString(),
        task,
        directory.toString(),
        Quantization.NONE,
        device,
        1,
        encoder,
        new BatchingSpec(1, 1, 0, 1, Policy.FIRST_COME_FIRST_SERVED, 0),
        new RetrySpec(1, 1, 1),
        generation);
  }
}
