package org.openautoglm.operators;

import org.apache.flink.util.OutputTag;
import org.openautoglm.operators.types.MessageTypeInformation;
import org.openautoglm.schemas.flow.Prompt;
import org.openautoglm.schemas.flow.Refusal;
import org.openautoglm.schemas.wire.Error;
import org.openautoglm.schemas.wire.InferenceRequest;

/** The way out of the stages before the window, for prompts that are refused. */
public final class Refused {

  /** The side output that decode, admit and prepare share. */
  public static final OutputTag<Refusal> TAG =
      new OutputTag<>("refused", MessageTypeInformation.ofMessage(Refusal.class));

  private Refused() {}

  /** A refusal of a request that could be read. */
  public static Refusal of(Prompt prompt, Error error) {
    return Refusal.newBuilder()
        .setOrigin(prompt.getOrigin())
        .setRequest(withoutInputs(prompt.getRequest()))
        .setError(error)
        .setSpent(prompt.getSpent())
        .build();
  }

  /** The request as later stages need it: without the inputs, which may be large. */
  public static InferenceRequest withoutInputs(InferenceRequest request) {
    return request.toBuilder().clearInputs().clearConversations().build();
  }
}
