package org.openautoglm.operators.conversion.graph;

import ai.onnx.proto.OnnxMl.ModelProto;
import java.util.List;

/**
 * A model to be written.
 *
 * @param frame everything but the initialisers
 * @param initializers in the order in which they are written
 */
public record OnnxModel(ModelProto frame, List<Initializer> initializers) {
  public OnnxModel {
    initializers = List.copyOf(initializers);
  }

  /** Bytes of all initialisers. */
  public long weightBytes() {
    return initializers.stream().mapToLong(Initializer::byteSize).sum();
  }
}
