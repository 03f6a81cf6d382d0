package org.openautoglm.operators;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.openautoglm.schemas.wire.Conversation;
import org.openautoglm.schemas.wire.InferenceRequest;
import org.openautoglm.schemas.wire.Parameters;
import org.openautoglm.schemas.wire.Settle;

class RefusedTest {
  private static final InferenceRequest FULL =
      InferenceRequest.newBuilder()
          .setModelId("m")
          .addInputs("a text")
          .setTemperature(0.5f)
          .setParameters(Parameters.newBuilder().setSeed(7))
          .setRequestId("r")
          .setSettle(Settle.ALL_SETTLED)
          .setDeadlineMs(5)
          .putMetadata("name", "value")
          .addConversations(Conversation.getDefaultInstance())
          .build();

  @Test
  void keepsEveryFieldOfARequestButItsInputs() {
    assertThat(FULL.getAllFields().keySet())
        .as("this test must know every field of the contract")
        .containsExactlyInAnyOrderElementsOf(InferenceRequest.getDescriptor().getFields());

    assertThat(Refused.withoutInputs(FULL))
        .isEqualTo(FULL.toBuilder().clearInputs().clearConversations().build());
  }

  @Test
  void addsNothingToARequestThatHasNothing() {
    InferenceRequest bare = InferenceRequest.newBuilder().addInputs("a text").build();

    assertThat(Refused.withoutInputs(bare)).isEqualTo(InferenceRequest.getDefaultInstance());
  }
}
