package org.openautoglm.operators.settlement;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.OutputRecord.Destination;
import org.openautoglm.schemas.flow.RowOutcome;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.RowAudit;
import org.openautoglm.schemas.wire.Status;

class SettledTest {

  @Test
  void anAnswerThatCannotBeWrittenIsAnErrorOfItsOwn() {
    Settled settled = Settled.of(answered(), failingOnce(new StackOverflowError()), 1_000, 0);
    assertThat(settled.result().getStatus()).isEqualTo(Status.ERROR);
    assertThat(settled.result().getOutputsList()).isEmpty();
    assertThat(settled.result().getRequestId()).isEqualTo("r-1");
    assertThat(settled.result().getError().getCode()).isEqualTo("INTERNAL");
    assertThat(new String(settled.answer().value(), UTF_8))
        .contains("the answer could not be written: StackOverflowError");
    assertThat(new String(settled.audit().value(), UTF_8))
        .contains("\"outcome\":\"ERROR\"", "\"offset\":17");
  }

  @Test
  void anAnswerInOrderIsLeftAsItIs() {
    Settled settled =
        Settled.of(answered(), new OutputRecords(new OutputBounds.Fixed(100_000)), 1_000, 0);
    assertThat(settled.result().getStatus()).isEqualTo(Status.OK);
    assertThat(settled.result().getOutputs(0).getText()).isEqualTo("好");
  }

  @Test
  void whatTheProcessLacksIsNoRecordsFault() {
    OutputRecords records = failingOnce(new OutOfMemoryError("on purpose"));
    assertThatThrownBy(() -> Settled.of(answered(), records, 1_000, 0))
        .isInstanceOf(OutOfMemoryError.class);
  }

  private static AnsweredPrompt answered() {
    AnsweredPrompt.Builder answered = AnsweredPrompt.newBuilder();
    answered.getPromptBuilder().getRequestBuilder().setRequestId("r-1").setModelId("m");
    answered
        .getPromptBuilder()
        .getOriginBuilder()
        .getSourceBuilder()
        .setTopic("p")
        .setPartition(1)
        .setOffset(17);
    answered.addOutcomes(
        RowOutcome.newBuilder()
            .setOutput(Output.newBuilder().setText("好"))
            .setRun(RowAudit.newBuilder().setBatchId("b")));
    return answered.build();
  }

  private static OutputRecords failingOnce(Error error) {
    return new OutputRecords(
        new OutputBounds() {
          private boolean failed;

          @Override
          public int maxBytes(Destination destination) {
            if (!failed) {
              failed = true;
              throw error;
            }
            return 100_000;
          }

          @Override
          public boolean needsKey(Destination destination) {
            return false;
          }

          @Override
          public void close() {}
        });
  }
}
