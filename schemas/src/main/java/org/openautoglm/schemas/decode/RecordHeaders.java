package org.openautoglm.schemas.decode;

import com.google.protobuf.ByteString;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.openautoglm.schemas.coordinates.RecordPlace;
import org.openautoglm.schemas.flow.ContentType;
import org.openautoglm.schemas.flow.Header;
import org.openautoglm.schemas.flow.Origin;
import org.openautoglm.schemas.flow.PromptRecord;
import org.openautoglm.schemas.request.Excerpt;
import org.openautoglm.schemas.request.MalformedRecordException;

/** What a record's headers say. Names are compared without regard to case. */
final class RecordHeaders {
  private static final String CONTENT_TYPE = "content-type";
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
   * The format of the record's value: what the last {@code content-type} header says, JSON where
   * there is none. What follows a semicolon, such as a charset, is ignored.
   *
   * @throws MalformedRecordException for any other content type
   */
  static ContentType contentType(PromptRecord record) throws MalformedRecordException {
    for (int i = record.getHeadersCount() - 1; i >= 0; i--) {
      Header header = record.getHeaders(i);
      if (header.hasValue() && CONTENT_TYPE.equalsIgnoreCase(header.getKey())) {
        return contentType(header.getValue());
      }
    }
    return ContentType.JSON;
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

  private static ContentType contentType(ByteString header) throws MalformedRecordException {
    String value = header.toStringUtf8();
    int end = value.indexOf(';');
    String type = (end < 0 ? value : value.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    return switch (type) {
      case "application/json" -> ContentType.JSON;
      case "application/x-protobuf", "application/protobuf" -> ContentType.PROTOBUF;
      default ->
          throw new MalformedRecordException(
              "the content-type header is \""
                  + Excerpt.of(value)
                  + "\": give application/json or application/x-protobuf");
    };
  }
}
