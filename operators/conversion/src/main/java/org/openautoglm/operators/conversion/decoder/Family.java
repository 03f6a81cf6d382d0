package org.openautoglm.operators.conversion.decoder;

import java.util.Set;
import org.openautoglm.operators.conversion.weights.CheckpointException;

/**
 * A family of decoders: how its {@code config.json} is read and where its weights lie. To add one,
 * write its file and name it in {@link Families}.
 */
interface Family {

  /** What {@code model_type} says of its models. */
  Set<String> modelTypes();

  /** Describes one of its models. */
  Decoder describe(ModelConfig config) throws CheckpointException;
}
