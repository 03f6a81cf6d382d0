package org.openautoglm.operators.testing;

import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.BatchingSpec.Policy;
import org.openautoglm.operators.inference.DevicePreference;
import org.openautoglm.operators.inference.EncoderSpec;
import org.openautoglm.operators.inference.FailureClassifier;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RetrySpec;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.schemas.failure.FailureCode;

/** Model settings for tests, and failures whose meaning is in their name. */
public final class TestingModels {
  /** First come first served, 8 rows, 1,024 padded tokens, 100 rows waiting, no linger. */
  public static final BatchingSpec BATCHING =
      new BatchingSpec(8, 1_024, 0, 100, Policy.FIRST_COME_FIRST_SERVED, 100);

  /** Three attempts, 10 ms and 20 ms apart. */
  public static final RetrySpec RETRY = new RetrySpec(3, 10, 1_000);

  /** Reads the code off a {@link CodedException}; anything else is INTERNAL. */
  public static final FailureClassifier CLASSIFIER =
      thrown -> thrown instanceof CodedException coded ? coded.code() : FailureCode.INTERNAL;

  private TestingModels() {}

  /** An exception that says which code it is. */
  public static final class CodedException extends Exception {
    private static final long serialVersionUID = 1L;
    private final FailureCode code;

    public CodedException(FailureCode code, String message) {
      super(message);
      this.code = code;
    }

    FailureCode code() {
      return code;
    }
  }

  /** A model of one shard with these settings. */
  public static ModelSpec model(String name, BatchingSpec batching) {
    return model(name, 1, batching);
  }

  /** A model of one shard, some task, and these settings. */
  public static ModelSpec model(String name, TaskType task, BatchingSpec batching) {
    return model(name, task, 1, batching);
  }

  /** A model of some shards with these settings. */
  public static ModelSpec model(String name, int shards, BatchingSpec batching) {
    return model(name, TaskType.EMBEDDING, shards, batching);
  }

  private static ModelSpec model(String name, TaskType task, int shards, BatchingSpec batching) {
    return new ModelSpec(
        name,
        task,
        "models/" + name,
        DevicePreference.CPU,
        shards,
        EncoderSpec.FROM_MODEL,
        batching,
        RETRY);
  }
}
