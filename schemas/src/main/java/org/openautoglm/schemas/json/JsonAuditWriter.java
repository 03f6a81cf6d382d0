package org.openautoglm.schemas.json;

import java.util.Map;
import org.openautoglm.schemas.wire.AuditEvent;
import org.openautoglm.schemas.wire.Coordinates;
import org.openautoglm.schemas.wire.RowAudit;
import org.openautoglm.schemas.wire.StageDurations;

/**
 * Writes an audit event as JSON in UTF-8, in the shape of the wire contract. {@code rows} is always
 * there; any other field that has no value is left out. Belongs to one thread.
 */
public final class JsonAuditWriter {
  private final JsonBuffer json = new JsonBuffer();

  /** The bytes of an audit record. */
  public byte[] write(AuditEvent event) {
    json.beginObject()
        .text("request_id", event.getRequestId())
        .textUnlessEmpty("model_id", event.getModelId())
        .text("outcome", event.getOutcome());
    if (event.hasError()) {
      JsonError.write(json, event.getError());
    }
    json.textUnlessEmpty("principal", event.getPrincipal());
    if (event.hasSource()) {
      write(event.getSource());
    }
    json.textUnlessEmpty("model_version", event.getModelVersion())
        .textUnlessEmpty("model_digest", event.getModelDigest())
        .beginArray("rows");
    for (int i = 0; i < event.getRowsCount(); i++) {
      write(event.getRows(i));
    }
    json.endArray();
    if (event.hasDurationsMs()) {
      write(event.getDurationsMs());
    }
    json.number("settled_at_ms", event.getSettledAtMs());
    if (event.getMetadataCount() > 0) {
      json.beginObject("metadata");
      for (Map.Entry<String, String> entry : event.getMetadataMap().entrySet()) {
        json.entry(entry.getKey(), entry.getValue());
      }
      json.endObject();
    }
    return json.endObject().take();
  }

  private void write(Coordinates source) {
    json.beginObject("source")
        .text("topic", source.getTopic())
        .number("partition", source.getPartition())
        .number("offset", source.getOffset())
        .number("timestamp_ms", source.getTimestampMs())
        .endObject();
  }

  private void write(RowAudit row) {
    json.beginObject()
        .number("index", row.getIndex())
        .text("batch_id", row.getBatchId())
        .text("device", row.getDevice())
        .number("batch_rows", row.getBatchRows())
        .number("tokens", row.getTokens())
        .number("padded_tokens", row.getPaddedTokens())
        .number("attempts", row.getAttempts())
        .textUnlessEmpty("failure", row.getFailure())
        .endObject();
  }

  private void write(StageDurations durations) {
    json.beginObject("durations_ms")
        .millis("queue", durations.getQueue())
        .millis("decode", durations.getDecode())
        .millis("admit", durations.getAdmit())
        .millis("prepare", durations.getPrepare())
        .millis("window", durations.getWindow())
        .millis("inference", durations.getInference())
        .millis("settle", durations.getSettle())
        .millis("total", durations.getTotal())
        .endObject();
  }
}
