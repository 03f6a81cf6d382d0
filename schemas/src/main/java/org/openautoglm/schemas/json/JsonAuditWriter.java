package org.openautoglm.schemas.json;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Map;
import org.openautoglm.schemas.wire.AuditEvent;
import org.openautoglm.schemas.wire.Coordinates;
import org.openautoglm.schemas.wire.RowAudit;
import org.openautoglm.schemas.wire.StageDurations;

/**
 * Writes an audit event as JSON in UTF-8, in the shape of the wire contract. {@code rows} is always
 * there; any other field that has no value is left out. Thread-safe.
 */
public final class JsonAuditWriter {

  /** The bytes of an audit record. */
  public byte[] write(AuditEvent event) {
    return JsonBytes.of(json -> write(json, event));
  }

  private static void write(JsonGenerator json, AuditEvent event) throws IOException {
    json.writeStartObject();
    json.writeStringField("request_id", event.getRequestId());
    JsonBytes.textUnlessEmpty(json, "model_id", event.getModelId());
    json.writeStringField("outcome", event.getOutcome());
    if (event.hasError()) {
      JsonBytes.error(json, event.getError());
    }
    JsonBytes.textUnlessEmpty(json, "principal", event.getPrincipal());
    if (event.hasSource()) {
      write(json, event.getSource());
    }
    JsonBytes.textUnlessEmpty(json, "model_version", event.getModelVersion());
    JsonBytes.textUnlessEmpty(json, "model_digest", event.getModelDigest());
    json.writeArrayFieldStart("rows");
    for (int i = 0; i < event.getRowsCount(); i++) {
      write(json, event.getRows(i));
    }
    json.writeEndArray();
    if (event.hasDurationsMs()) {
      write(json, event.getDurationsMs());
    }
    json.writeNumberField("settled_at_ms", event.getSettledAtMs());
    if (event.getMetadataCount() > 0) {
      json.writeObjectFieldStart("metadata");
      for (Map.Entry<String, String> entry : event.getMetadataMap().entrySet()) {
        json.writeStringField(entry.getKey(), entry.getValue());
      }
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, Coordinates source) throws IOException {
    json.writeObjectFieldStart("source");
    json.writeStringField("topic", source.getTopic());
    json.writeNumberField("partition", source.getPartition());
    json.writeNumberField("offset", source.getOffset());
    json.writeNumberField("timestamp_ms", source.getTimestampMs());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, RowAudit row) throws IOException {
    json.writeStartObject();
    json.writeNumberField("index", row.getIndex());
    json.writeStringField("batch_id", row.getBatchId());
    json.writeStringField("device", row.getDevice());
    json.writeNumberField("batch_rows", row.getBatchRows());
    json.writeNumberField("tokens", row.getTokens());
    json.writeNumberField("padded_tokens", row.getPaddedTokens());
    json.writeNumberField("attempts", row.getAttempts());
    JsonBytes.textUnlessEmpty(json, "failure", row.getFailure());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, StageDurations durations) throws IOException {
    json.writeObjectFieldStart("durations_ms");
    Millis.write(json, "queue", durations.getQueue());
    Millis.write(json, "decode", durations.getDecode());
    Millis.write(json, "admit", durations.getAdmit());
    Millis.write(json, "prepare", durations.getPrepare());
    Millis.write(json, "window", durations.getWindow());
    Millis.write(json, "inference", durations.getInference());
    Millis.write(json, "settle", durations.getSettle());
    Millis.write(json, "total", durations.getTotal());
    json.writeEndObject();
  }
}
