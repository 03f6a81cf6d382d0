package org.openautoglm.jobs.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openautoglm.schemas.coordinates.RecordPlace;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.json.JsonAuditWriter;
import org.openautoglm.schemas.wire.AuditEvent;

class AuditLineTest {
  @Test
  void readsWhatTheJobWrites() {
    AuditEvent.Builder event =
        AuditEvent.newBuilder()
            .setRequestId("请求\"")
            .setModelId("m")
            .setOutcome("ERROR")
            .setError(FailureCode.INVALID_REQUEST.error("source"))
            .putMetadata("outcome", "OK");
    event.getSourceBuilder().setTopic("p").setPartition(3).setOffset(1L << 40);
    assertThat(AuditLine.read(new JsonAuditWriter().write(event.build())))
        .contains(new AuditLine(new RecordPlace("p", 3, 1L << 40), "ERROR", "请求\""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{", "{}", "{\"outcome\":\"OK\"}", "{\"source\":7}", "\u0000"})
  void anythingElseIsNone(String value) {
    assertThat(AuditLine.read(value.getBytes(UTF_8))).isEmpty();
    assertThat(AuditLine.read(null)).isEmpty();
  }
}
