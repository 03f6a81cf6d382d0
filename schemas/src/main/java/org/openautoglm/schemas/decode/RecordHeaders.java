package org.openautoglm.schemas.decode;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.openautoglm.schemas.coordinates.RecordPlace;
import org.openautoglm.schemas.flow.Header;
import org.openautoglm.schemas.flow.Origin;
import org.openautoglm.schemas.flow.PromptRecord;
import org.openautoglm.schemas.request.MalformedRecordException;

/** What a record's headers say. Names are compared without regard to case. */
final class RecordHeaders {
  private static final String CONTENT_TYPE = "content-type";
  private static final String CLOUD_EVENT_ID = "ce_id";
  private static final Set<String> PASSED_THROUGH =
      Set.of("traceparent", "tracestate", "correlation-id");

  /** W3C allows a tracestate of 512 characters; this leaves room for more of them. */
  static final int PASSED_THROUGH_BYTES_MAX = 16 * 1024;

  private RecordHeaders() {}

  /**
   * Copies the headers that the result carries too, byte for byte and as often as they stand. None
   * are copied where they are too large: a result that Kafka refuses would stop the job.
   *
   * @return their size in bytes, more than {@link #PASSED_THROUGH_BYTES_MAX} where none were copied
   */
  static int passThrough(PromptRecord record, Origin.Builder origin) {
    int bytes = 0;
    for (int i = 0; i < record.getHeadersCount(); i++) {
      Header header = record.getHeaders(i);
      if (PASSED_THROUGH.contains(header.getKey().toLowerCase(Locale.ROOT))) {
        bytes += header.getSerializedSize();
        origin.addHeaders(header);
      }
    }
    if (bytes > PASSED_THROUGH_BYTES_MAX) {
      origin.clearHeaders();
    }
    return bytes;
  }

  /**
   * The format of the record's value: what the last {@code content-type} header with a value says.
   *
   * @throws MalformedRecordException for a content type that no request has
   */
  static MediaType mediaType(PromptRecord record) throws MalformedRecordException {
    for (int i = record.getHeadersCount() - 1; i >= 0; i--) {
      Header header = record.getHeaders(i);
      if (header.hasValue() && CONTENT_TYPE.equalsIgnoreCase(header.getKey())) {
        return MediaType.of(header.getValue().toStringUtf8());
      }
    }
    return MediaType.UNSAID;
  }

  /** The id of a CloudEvent in binary mode, whose attributes are headers; empty without one. */
  static String cloudEventId(PromptRecord record) {
    for (Header header : record.getHeadersList()) {
      if (CLOUD_EVENT_ID.equalsIgnoreCase(header.getKey())) {
        return header.getValue().toStringUtf8();
      }
    }
    return "";
  }

  /** The record that this one stands for, where that was republished. */
  static Optional<RecordPlace> republishedOf(PromptRecord record) {
    for (int i = record.getHeadersCount() - 1; i >= 0; i--) {
      Header header = record.getHeaders(i);
      if (RecordPlace.REPUBLISHED_OF_HEADER.equals(header.getKey())) {
        return RecordPlace.parse(header.getValue().toStringUtf8());
      }
    }
    return Optional.empty();
  }
}
