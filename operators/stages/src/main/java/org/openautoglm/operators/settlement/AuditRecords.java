package org.openautoglm.operators.settlement;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Locale;
import org.openautoglm.schemas.flow.Header;
import org.openautoglm.schemas.flow.OutputRecord;
import org.openautoglm.schemas.flow.OutputRecord.Destination;
import org.openautoglm.schemas.json.JsonAuditWriter;
import org.openautoglm.schemas.wire.AuditEvent;

/**
 * Writes audit events within a size. An event that is too large loses its rows, or else its
 * metadata, or both, and says so in {@code cut}; what tells the record's outcome always stays. Used
 * by one thread.
 */
final class AuditRecords {
  private final JsonAuditWriter json = new JsonAuditWriter();
  private final List<Header> headers;

  AuditRecords(List<Header> headers) {
    this.headers = headers;
  }

  /** The event, keyed like the result, whole where it fits and cut where not. */
  OutputRecord within(long maxBytes, AuditEvent event) {
    OutputRecord whole = write(event);
    if (RecordSize.of(whole) <= maxBytes) {
      return whole;
    }
    String rows = String.format(Locale.ROOT, "%d rows", event.getRowsCount());
    String metadata = String.format(Locale.ROOT, "%d bytes of metadata", metadataBytes(event));
    OutputRecord cut = write(event.toBuilder().clearRows().setCut(rows).build());
    if (RecordSize.of(cut) <= maxBytes) {
      return cut;
    }
    cut = write(event.toBuilder().clearMetadata().setCut(metadata).build());
    if (RecordSize.of(cut) <= maxBytes) {
      return cut;
    }
    AuditEvent.Builder least =
        event.toBuilder().clearRows().clearMetadata().setCut(rows + ", " + metadata);
    cut = write(least.build());
    if (RecordSize.of(cut) <= maxBytes || !event.hasError()) {
      return cut;
    }
    return write(
        least
            .setError(Brief.of(event.getError()))
            .setCut(least.getCut() + ", the end of the error's message")
            .build());
  }

  private OutputRecord write(AuditEvent event) {
    return new OutputRecord(
        Destination.AUDIT, event.getRequestId().getBytes(UTF_8), json.write(event), headers);
  }

  private static long metadataBytes(AuditEvent event) {
    long bytes = 0;
    for (var entry : event.getMetadataMap().entrySet()) {
      bytes += entry.getKey().getBytes(UTF_8).length + entry.getValue().getBytes(UTF_8).length;
    }
    return bytes;
  }
}
