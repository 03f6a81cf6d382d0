package org.openautoglm.operators.conversion.decoder;

import org.openautoglm.operators.conversion.weights.CheckpointException;

/** The function on the gate of the feed-forward part. */
enum Activation {
  /** x · sigmoid(x). */
  SILU,
  /** x · Φ(x). */
  GELU,
  /** GELU by its tanh formula. */
  GELU_TANH,
  /** max(x, 0). */
  RELU;

  /** What {@code hidden_act} names. */
  static Activation of(ModelConfig config) throws CheckpointException {
    String name = config.text("hidden_act", "silu");
    return switch (name) {
      case "silu", "swish" -> SILU;
      case "gelu" -> GELU;
      case "gelu_new", "gelu_pytorch_tanh", "gelu_fast" -> GELU_TANH;
      case "relu" -> RELU;
      default ->
          throw config.bad(
              "hidden_act", "is " + name + ", which is none of silu, gelu, gelu_new and relu");
    };
  }
}
