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
        .setDecodeNs(prompt.getDecodeNs())
        .setAdmitNs(prompt.getAdmitNs())
        .build();
  }

  /** The request as later stages need it: without the inputs, which may be large. */
  public static InferenceRequest withoutInputs(InferenceRequest request) {
    InferenceRequest.Builder rest =
        InferenceRequest.newBuilder()
            .setRequestId(request.getRequestId())
            .setModelId(request.getModelId())
            .setSettleValue(request.getSettleValue());
    // Field by field, since most requests have none of these, and copying an empty map is dear.
    if (request.hasTemperature()) {
      rest.setTemperature(request.getTemperature());
    }
    if (request.hasParameters()) {
      rest.setParameters(request.getParameters());
    }
    if (request.hasDeadlineMs()) {
      rest.setDeadlineMs(request.getDeadlineMs());
    }
    if (request.getMetadataCount() > 0) {
      rest.putAllMetadata(request.getMetadataMap());
    }
    return rest.build();
  }
}
