package org.openautoglm.operators.settlement;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.Refusal;
import org.openautoglm.schemas.flow.RowOutcome;
import org.openautoglm.schemas.wire.AuditEvent;
import org.openautoglm.schemas.wire.InferenceResult;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.RowAudit;
import org.openautoglm.schemas.wire.Settle;
import org.openautoglm.schemas.wire.Status;

class SettlementTest {
  private static final long PUBLISHED_MS = 1_800_000_000_000L;
  private static final long NOW_US = (PUBLISHED_MS + 20) * 1000;

  @Test
  void everyRowAnsweredIsOk() {
    InferenceResult result =
        Settlement.result(
            answered(Settle.ALL, answer(0, 4000, 9000), answer(1, 7000, 2000)), NOW_US);
    assertThat(result.getStatus()).isEqualTo(Status.OK);
    assertThat(result.getRequestId()).isEqualTo("r-1");
    assertThat(result.getModelId()).isEqualTo("bge");
    assertThat(result.hasError()).isFalse();
    assertThat(result.getOutputsList()).extracting(Output::getIndex).containsExactly(0, 1);
    assertThat(result.getTimingsMs().getQueue()).isEqualTo(3);
    assertThat(result.getTimingsMs().getWindow()).isEqualTo(7);
    assertThat(result.getTimingsMs().getInference()).isEqualTo(9);
    assertThat(result.getTimingsMs().getTotal()).isEqualTo(20);
  }

  @Test
  void oneFailedRowFailsARequestThatSettlesAllOrNone() {
    InferenceResult result =
        Settlement.result(answered(Settle.ALL, answer(0, 0, 0), failure(1)), NOW_US);
    assertThat(result.getStatus()).isEqualTo(Status.ERROR);
    assertThat(result.getOutputsList()).isEmpty();
    assertThat(result.getError().getCode()).isEqualTo("MODEL_FAILURE");
    assertThat(result.getError().getMessage()).isEqualTo("input 1: broke");
  }

  @Test
  void oneFailedRowIsPartialWhereAllSettle() {
    InferenceResult result =
        Settlement.result(answered(Settle.ALL_SETTLED, failure(0), answer(1, 0, 0)), NOW_US);
    assertThat(result.getStatus()).isEqualTo(Status.PARTIAL);
    assertThat(result.getError().getMessage()).isEqualTo("input 0: broke");
    assertThat(result.getOutputs(0).getError().getCode()).isEqualTo("MODEL_FAILURE");
    assertThat(result.getOutputs(1).getIndex()).isEqualTo(1);
    assertThat(result.getOutputs(1).getEmbeddingList()).containsExactly(0.5f);
  }

  @Test
  void onlyFailedRowsAreAnErrorEvenWhereAllSettle() {
    InferenceResult result =
        Settlement.result(answered(Settle.ALL_SETTLED, failure(0), failure(1)), NOW_US);
    assertThat(result.getStatus()).isEqualTo(Status.ERROR);
    assertThat(result.getOutputsList()).isEmpty();
  }

  @Test
  void clocksThatDisagreeGiveNoNegativeTimes() {
    InferenceResult result =
        Settlement.result(answered(Settle.ALL, answer(0, 0, 0)), (PUBLISHED_MS - 50) * 1000);
    assertThat(result.getTimingsMs().getTotal()).isZero();
  }

  @Test
  void auditTracesTheAnswerToItsPrompt() {
    AnsweredPrompt answered = answered(Settle.ALL_SETTLED, answer(0, 1000, 2000), failure(1));
    InferenceResult result = Settlement.result(answered, NOW_US);
    AuditEvent event = Auditing.event(answered, result, NOW_US, System.nanoTime());
    assertThat(event.getOutcome()).isEqualTo("PARTIAL");
    assertThat(event.getError()).isEqualTo(result.getError());
    assertThat(event.getSource().getTopic()).isEqualTo("prompts");
    assertThat(event.getSource().getOffset()).isEqualTo(42);
    assertThat(event.getModelDigest()).isEqualTo("abc");
    assertThat(event.getRowsList()).extracting(RowAudit::getBatchId).containsExactly("0-0-7");
    assertThat(event.getMetadataMap()).containsEntry("k", "值");
    assertThat(event.getDurationsMs().getQueue()).isEqualTo(3);
    assertThat(event.getDurationsMs().getWindow()).isEqualTo(1);
    assertThat(event.getDurationsMs().getInference()).isEqualTo(2);
    assertThat(event.getSettledAtMs()).isEqualTo(PUBLISHED_MS + 20);
  }

  @Test
  void auditNamesADeadLetterByItsCoordinates() {
    Refusal.Builder refusal =
        Refusal.newBuilder().setError(FailureCode.MALFORMED_RECORD.error("no JSON"));
    refusal.getOriginBuilder().getSourceBuilder().setTopic("prompts").setPartition(3).setOffset(9);
    refusal.getDeadLetterBuilder();
    AuditEvent event = Auditing.event(refusal.build(), NOW_US, System.nanoTime());
    assertThat(event.getRequestId()).isEqualTo("prompts-3-9");
    assertThat(event.getOutcome()).isEqualTo("DEAD_LETTER");
    assertThat(event.getError().getCode()).isEqualTo("MALFORMED_RECORD");
  }

  private static AnsweredPrompt answered(Settle settle, RowOutcome... outcomes) {
    AnsweredPrompt.Builder answered = AnsweredPrompt.newBuilder().setModelDigest("abc");
    answered
        .getPromptBuilder()
        .getRequestBuilder()
        .setRequestId("r-1")
        .setModelId("bge")
        .setSettle(settle)
        .putMetadata("k", "值");
    answered
        .getPromptBuilder()
        .getOriginBuilder()
        .setReceivedUs((PUBLISHED_MS + 3) * 1000)
        .getSourceBuilder()
        .setTopic("prompts")
        .setOffset(42)
        .setTimestampMs(PUBLISHED_MS);
    for (RowOutcome outcome : outcomes) {
      answered.addOutcomes(outcome);
    }
    return answered.build();
  }

  private static RowOutcome answer(int index, long windowUs, long inferenceUs) {
    return RowOutcome.newBuilder()
        .setIndex(index)
        .setOutput(Output.newBuilder().addEmbedding(0.5f))
        .setRun(RowAudit.newBuilder().setIndex(index).setBatchId("0-0-7"))
        .setWindowUs(windowUs)
        .setInferenceUs(inferenceUs)
        .build();
  }

  private static RowOutcome failure(int index) {
    return RowOutcome.newBuilder()
        .setIndex(index)
        .setError(FailureCode.MODEL_FAILURE.error("broke"))
        .build();
  }
}
