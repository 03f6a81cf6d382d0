package org.openautoglm.operators.settlement;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.OutputRecord;
import org.openautoglm.schemas.wire.AuditEvent;
import org.openautoglm.schemas.wire.RowAudit;

/** An audit event loses no more than it must, and never what tells the outcome. */
class AuditRecordsTest {
  private static final int LIMIT = 50_000;

  private final AuditRecords records = new AuditRecords(List.of());

  @Test
  void anEventThatFitsIsWhole() throws IOException {
    JsonNode written = write(event(10, 100));
    assertThat(written.path("rows")).hasSize(10);
    assertThat(written.path("metadata").path("m").asText()).hasSize(100);
    assertThat(written.has("cut")).isFalse();
  }

  @Test
  void losesItsRowsFirst() throws IOException {
    JsonNode written = write(event(4_000, 100));
    assertThat(written.path("rows")).isEmpty();
    assertThat(written.path("metadata").path("m").asText()).hasSize(100);
    assertThat(written.path("cut").asText()).isEqualTo("4000 rows");
    assertThatOutcomeStays(written);
  }

  @Test
  void keepsItsRowsWhereMetadataAloneAreTooLarge() throws IOException {
    // A control character takes six bytes in JSON.
    JsonNode written = write(event(10, 20_000));
    assertThat(written.path("rows")).hasSize(10);
    assertThat(written.has("metadata")).isFalse();
    assertThat(written.path("cut").asText()).isEqualTo("20001 bytes of metadata");
    assertThatOutcomeStays(written);
  }

  @Test
  void losesBothWhereEachIsTooLarge() throws IOException {
    JsonNode written = write(event(4_000, 20_000));
    assertThat(written.path("rows")).isEmpty();
    assertThat(written.has("metadata")).isFalse();
    assertThat(written.path("cut").asText()).isEqualTo("4000 rows, 20001 bytes of metadata");
    assertThatOutcomeStays(written);
  }

  @Test
  void cutsEvenTheErrorsMessageBeforeItIsRefused() throws IOException {
    AuditEvent.Builder event = event(0, 0);
    event.setError(FailureCode.INVALID_REQUEST.error("长".repeat(LIMIT)));
    JsonNode written = write(event);
    assertThat(written.path("cut").asText()).endsWith("the end of the error's message");
    assertThatOutcomeStays(written);
  }

  private JsonNode write(AuditEvent.Builder event) throws IOException {
    OutputRecord record = records.within(LIMIT, event.build());
    assertThat(RecordSize.of(record)).isLessThanOrEqualTo(LIMIT);
    return new ObjectMapper().readTree(record.value());
  }

  private static void assertThatOutcomeStays(JsonNode written) {
    assertThat(written.path("request_id").asText()).isEqualTo("r");
    assertThat(written.path("outcome").asText()).isEqualTo("ERROR");
    assertThat(written.path("error").path("code").asText()).isEqualTo("INVALID_REQUEST");
    assertThat(written.path("source").path("offset").asLong()).isEqualTo(17);
  }

  private static AuditEvent.Builder event(int rows, int metadataChars) {
    AuditEvent.Builder event =
        AuditEvent.newBuilder()
            .setRequestId("r")
            .setOutcome("ERROR")
            .setError(FailureCode.INVALID_REQUEST.error("no"))
            .putMetadata("m", "\u0001".repeat(metadataChars));
    event.getSourceBuilder().setTopic("prompts").setOffset(17);
    for (int i = 0; i < rows; i++) {
      event.addRows(RowAudit.newBuilder().setIndex(i).setBatchId("0-0-" + i).setDevice("cpu"));
    }
    return event;
  }
}
