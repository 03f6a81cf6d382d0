package org.openautoglm.schemas.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.wire.AuditEvent;
import org.openautoglm.schemas.wire.Coordinates;
import org.openautoglm.schemas.wire.RowAudit;
import org.openautoglm.schemas.wire.StageDurations;

class JsonAuditWriterTest {
  private static final Coordinates SOURCE =
      Coordinates.newBuilder()
          .setTopic("prompts")
          .setPartition(3)
          .setOffset(1L << 40)
          .setTimestampMs(-1)
          .build();

  private final JsonAuditWriter writer = new JsonAuditWriter();

  @Test
  void writesEveryFieldOfTheContract() {
    AuditEvent event =
        AuditEvent.newBuilder()
            .setRequestId("r-17")
            .setModelId("m")
            .setOutcome("PARTIAL")
            .setError(FailureCode.MODEL_FAILURE.error("no"))
            .setPrincipal("somebody")
            .setSource(SOURCE)
            .setModelVersion("1.5")
            .setModelDigest("ab12")
            .addRows(
                RowAudit.newBuilder()
                    .setBatchId("0-1-2")
                    .setDevice("cpu")
                    .setBatchRows(8)
                    .setTokens(5)
                    .setPaddedTokens(40)
                    .setAttempts(1))
            .addRows(RowAudit.newBuilder().setIndex(1).setFailure("MODEL_FAILURE"))
            .setDurationsMs(
                StageDurations.newBuilder()
                    .setQueue(1)
                    .setDecode(0.0123)
                    .setAdmit(0.0006)
                    .setPrepare(0.2)
                    .setWindow(3)
                    .setInference(4)
                    .setSettle(0.0004)
                    .setTotal(8.25))
            .setSettledAtMs(1_700_000_000_000L)
            .putMetadata("任", "😀")
            .build();

    assertThat(new String(writer.write(event), UTF_8))
        .isEqualTo(
            """
            {"request_id":"r-17","model_id":"m","outcome":"PARTIAL",\
            "error":{"code":"MODEL_FAILURE","message":"no","retryable":false},\
            "principal":"somebody",\
            "source":{"topic":"prompts","partition":3,"offset":1099511627776,"timestamp_ms":-1},\
            "model_version":"1.5","model_digest":"ab12",\
            "rows":[{"index":0,"batch_id":"0-1-2","device":"cpu","batch_rows":8,"tokens":5,\
            "padded_tokens":40,"attempts":1},\
            {"index":1,"batch_id":"","device":"","batch_rows":0,"tokens":0,"padded_tokens":0,\
            "attempts":0,"failure":"MODEL_FAILURE"}],\
            "durations_ms":{"queue":1.0,"decode":0.012,"admit":0.001,"prepare":0.2,"window":3.0,\
            "inference":4.0,"settle":0.0,"total":8.25},\
            "settled_at_ms":1700000000000,"metadata":{"任":"😀"}}""");
  }

  @Test
  void leavesOutWhatADeadLetterHasNot() throws IOException {
    AuditEvent event =
        AuditEvent.newBuilder()
            .setRequestId("prompts-3-17")
            .setOutcome("DEAD_LETTER")
            .setSource(SOURCE)
            .build();

    JsonNode read = new ObjectMapper().readTree(writer.write(event));

    assertThat(read.fieldNames())
        .toIterable()
        .containsExactly("request_id", "outcome", "source", "rows", "settled_at_ms");
  }
}
