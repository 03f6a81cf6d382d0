package org.openautoglm.schemas.json;

import static org.openautoglm.schemas.json.JsonName.ADMIT;
import static org.openautoglm.schemas.json.JsonName.ATTEMPTS;
import static org.openautoglm.schemas.json.JsonName.BATCH_ID;
import static org.openautoglm.schemas.json.JsonName.BATCH_ROWS;
import static org.openautoglm.schemas.json.JsonName.CUT;
import static org.openautoglm.schemas.json.JsonName.DECODE;
import static org.openautoglm.schemas.json.JsonName.DEVICE;
import static org.openautoglm.schemas.json.JsonName.DURATIONS_MS;
import static org.openautoglm.schemas.json.JsonName.FAILURE;
import static org.openautoglm.schemas.json.JsonName.INDEX;
import static org.openautoglm.schemas.json.JsonName.INFERENCE;
import static org.openautoglm.schemas.json.JsonName.METADATA;
import static org.openautoglm.schemas.json.JsonName.MODEL_DIGEST;
import static org.openautoglm.schemas.json.JsonName.MODEL_ID;
import static org.openautoglm.schemas.json.JsonName.MODEL_VERSION;
import static org.openautoglm.schemas.json.JsonName.OFFSET;
import static org.openautoglm.schemas.json.JsonName.OUTCOME;
import static org.openautoglm.schemas.json.JsonName.PADDED_TOKENS;
import static org.openautoglm.schemas.json.JsonName.PARTITION;
import static org.openautoglm.schemas.json.JsonName.PREPARE;
import static org.openautoglm.schemas.json.JsonName.PRINCIPAL;
import static org.openautoglm.schemas.json.JsonName.QUEUE;
import static org.openautoglm.schemas.json.JsonName.REQUEST_ID;
import static org.openautoglm.schemas.json.JsonName.ROWS;
import static org.openautoglm.schemas.json.JsonName.SETTLE;
import static org.openautoglm.schemas.json.JsonName.SETTLED_AT_MS;
import static org.openautoglm.schemas.json.JsonName.SOURCE;
import static org.openautoglm.schemas.json.JsonName.TIMESTAMP_MS;
import static org.openautoglm.schemas.json.JsonName.TOKENS;
import static org.openautoglm.schemas.json.JsonName.TOPIC;
import static org.openautoglm.schemas.json.JsonName.TOTAL;
import static org.openautoglm.schemas.json.JsonName.WINDOW;

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
        .text(REQUEST_ID, event.getRequestId())
        .textUnlessEmpty(MODEL_ID, event.getModelId())
        .text(OUTCOME, event.getOutcome());
    if (event.hasError()) {
      JsonError.write(json, event.getError());
    }
    json.textUnlessEmpty(PRINCIPAL, event.getPrincipal());
    if (event.hasSource()) {
      write(event.getSource());
    }
    json.textUnlessEmpty(MODEL_VERSION, event.getModelVersion())
        .textUnlessEmpty(MODEL_DIGEST, event.getModelDigest())
        .beginArray(ROWS);
    for (int i = 0; i < event.getRowsCount(); i++) {
      write(event.getRows(i));
    }
    json.endArray();
    if (event.hasDurationsMs()) {
      write(event.getDurationsMs());
    }
    json.number(SETTLED_AT_MS, event.getSettledAtMs());
    if (event.getMetadataCount() > 0) {
      json.beginObject(METADATA);
      for (Map.Entry<String, String> entry : event.getMetadataMap().entrySet()) {
        json.entry(entry.getKey(), entry.getValue());
      }
      json.endObject();
    }
    json.textUnlessEmpty(CUT, event.getCut());
    return json.endObject().take();
  }

  private void write(Coordinates source) {
    json.beginObject(SOURCE)
        .text(TOPIC, source.getTopic())
        .number(PARTITION, source.getPartition())
        .number(OFFSET, source.getOffset())
        .number(TIMESTAMP_MS, source.getTimestampMs())
        .endObject();
  }

  private void write(RowAudit row) {
    json.beginObject()
        .number(INDEX, row.getIndex())
        .text(BATCH_ID, row.getBatchId())
        .text(DEVICE, row.getDevice())
        .number(BATCH_ROWS, row.getBatchRows())
        .number(TOKENS, row.getTokens())
        .number(PADDED_TOKENS, row.getPaddedTokens())
        .number(ATTEMPTS, row.getAttempts())
        .textUnlessEmpty(FAILURE, row.getFailure())
        .textUnlessEmpty(MODEL_DIGEST, row.getModelDigest())
        .endObject();
  }

  private void write(StageDurations durations) {
    json.beginObject(DURATIONS_MS)
        .millis(QUEUE, durations.getQueue())
        .millis(DECODE, durations.getDecode())
        .millis(ADMIT, durations.getAdmit())
        .millis(PREPARE, durations.getPrepare())
        .millis(WINDOW, durations.getWindow())
        .millis(INFERENCE, durations.getInference())
        .millis(SETTLE, durations.getSettle())
        .millis(TOTAL, durations.getTotal())
        .endObject();
  }
}
