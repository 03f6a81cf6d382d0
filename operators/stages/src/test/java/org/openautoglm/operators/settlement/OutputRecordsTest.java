package org.openautoglm.operators.settlement;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.settlement.OutputRecords.Answer;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.ContentType;
import org.openautoglm.schemas.flow.Header;
import org.openautoglm.schemas.flow.Origin;
import org.openautoglm.schemas.wire.InferenceResult;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.Status;

class OutputRecordsTest {
  private static final int TOPIC_BYTES = 40_000;

  private final OutputRecords records = new OutputRecords(new OutputBounds.Fixed(TOPIC_BYTES));

  @Test
  void aResultNamesItsPromptAndCarriesWhatPassesThrough() {
    Origin.Builder origin = Origin.newBuilder().setContentType(ContentType.PROTOBUF);
    origin.getSourceBuilder().setTopic("my-prompts").setPartition(2).setOffset(17);
    Header trace =
        Header.newBuilder().setKey("correlation-id").setValue(ByteString.copyFromUtf8("c")).build();
    InferenceResult result = InferenceResult.newBuilder().setRequestId("r").build();

    assertThat(records.result(result, origin.build()).headers())
        .containsExactly(
            header("content-type", "application/x-protobuf"),
            header("autoglm-source", "my-prompts-2-17"));
    assertThat(records.result(result, origin.addHeaders(trace).build()).headers())
        .containsExactly(
            header("content-type", "application/x-protobuf"),
            header("autoglm-source", "my-prompts-2-17"),
            trace);
  }

  @Test
  void aResultHasItsPromptsKeyWhereThatIsNoText() {
    InferenceResult result = InferenceResult.newBuilder().setRequestId("00ff").build();
    Origin.Builder origin = Origin.newBuilder();
    assertThat(records.result(result, origin.build()).key()).asString().isEqualTo("00ff");
    origin.setKey(ByteString.copyFrom(new byte[] {0, (byte) 0xff}));
    assertThat(records.result(result, origin.build()).key()).containsExactly(0, 0xff);
  }

  @Test
  void aResultThatItsTopicWouldRefuseBecomesAnErrorOfThatSize() {
    InferenceResult.Builder large = result(Status.OK);
    large.addOutputs(Output.newBuilder().setText("答".repeat(TOPIC_BYTES / 3)));
    Answer answer = records.answer(large.build(), Origin.getDefaultInstance());
    assertThat(answer.result().getStatus()).isEqualTo(Status.ERROR);
    assertThat(answer.result().getOutputsList()).isEmpty();
    assertThat(answer.result().getError().getMessage())
        .matches(
            "inputs: the result would have 40,\\d{3} bytes; the limit is 40,000; send fewer.*");
    assertThat(RecordSize.of(answer.record())).isLessThan(TOPIC_BYTES);
  }

  @Test
  void aResultIsMeasuredWithItsKeyAndHeaders() {
    InferenceResult.Builder result = result(Status.OK);
    result.addOutputs(Output.newBuilder().setText("x".repeat(TOPIC_BYTES - 10_000)));
    Origin headers = origin(9_000);
    assertThat(records.answer(result.build(), headers).result().getStatus()).isEqualTo(Status.OK);
    Answer answer = records.answer(result.build(), origin(10_000));
    assertThat(answer.result().getStatus()).isEqualTo(Status.ERROR);
    assertThat(answer.record().headers()).extracting(Header::getKey).contains("correlation-id");
  }

  @Test
  void headersThatAloneAreTooLargeAreLeftOutOfAnError() {
    InferenceResult.Builder result = result(Status.ERROR);
    result.setError(FailureCode.UNKNOWN_MODEL.error("no such model: " + "模".repeat(30_000)));
    Answer answer = records.answer(result.build(), origin(TOPIC_BYTES));
    assertThat(RecordSize.of(answer.record())).isLessThan(2_000);
    assertThat(answer.result().getError().getCode()).isEqualTo("UNKNOWN_MODEL");
    assertThat(answer.result().getError().getMessage())
        .startsWith("no such model: 模")
        .endsWith("…");
    assertThat(answer.record().headers())
        .extracting(Header::getKey)
        .containsExactly("content-type", "autoglm-source");
  }

  private static InferenceResult.Builder result(Status status) {
    return InferenceResult.newBuilder().setRequestId("r").setStatus(status);
  }

  private static Origin origin(int headerBytes) {
    return Origin.newBuilder()
        .addHeaders(header("correlation-id", "c".repeat(headerBytes)))
        .build();
  }

  private static Header header(String key, String value) {
    return Header.newBuilder().setKey(key).setValue(ByteString.copyFromUtf8(value)).build();
  }
}
