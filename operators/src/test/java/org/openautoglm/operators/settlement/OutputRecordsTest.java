package org.openautoglm.operators.settlement;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import org.junit.jupiter.api.Test;
import org.openautoglm.schemas.flow.ContentType;
import org.openautoglm.schemas.flow.Header;
import org.openautoglm.schemas.flow.Origin;
import org.openautoglm.schemas.wire.InferenceResult;

class OutputRecordsTest {
  private final OutputRecords records = new OutputRecords(1_000_000);

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

  private static Header header(String key, String value) {
    return Header.newBuilder().setKey(key).setValue(ByteString.copyFromUtf8(value)).build();
  }
}
