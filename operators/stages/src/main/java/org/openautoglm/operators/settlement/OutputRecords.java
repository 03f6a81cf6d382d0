package org.openautoglm.operators.settlement;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.openautoglm.schemas.coordinates.RecordPlace;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.ContentType;
import org.openautoglm.schemas.flow.Header;
import org.openautoglm.schemas.flow.Origin;
import org.openautoglm.schemas.flow.OutputRecord;
import org.openautoglm.schemas.flow.OutputRecord.Destination;
import org.openautoglm.schemas.flow.Refusal;
import org.openautoglm.schemas.json.JsonResultWriter;
import org.openautoglm.schemas.wire.AuditEvent;
import org.openautoglm.schemas.wire.InferenceResult;
import org.openautoglm.schemas.wire.Status;

/**
 * Writes results, audit events and dead letters as Kafka will carry them, and never larger than
 * their topics take: one that were refused would stop the job. Used by one thread.
 */
final class OutputRecords {
  private static final Header JSON = header("content-type", "application/json");
  private static final Header PROTOBUF = header("content-type", "application/x-protobuf");

  private final JsonResultWriter results = new JsonResultWriter();
  private final AuditRecords audits = new AuditRecords(List.of(JSON));
  private final OutputBounds bounds;

  /**
   * A result, and the record that says it.
   *
   * @param result what is really answered
   * @param record the same as Kafka carries it
   */
  record Answer(InferenceResult result, OutputRecord record) {}

  OutputRecords(OutputBounds bounds) {
    this.bounds = bounds;
  }

  /**
   * The result where its topic takes it; else an error that says how large it would be, and where
   * even that is too large, the same without the headers that pass through.
   */
  Answer answer(InferenceResult result, Origin origin) {
    OutputRecord record = result(result, origin);
    long maxBytes = bounds.maxBytes(Destination.RESULTS);
    long bytes = RecordSize.of(record);
    if (bytes <= maxBytes) {
      return new Answer(result, record);
    }
    InferenceResult smaller =
        result.getOutputsCount() == 0 ? result : tooLarge(result, bytes, maxBytes);
    record = result(smaller, origin);
    if (RecordSize.of(record) > maxBytes) {
      smaller = smaller.toBuilder().setError(Brief.of(smaller.getError())).build();
      record = result(smaller, origin.toBuilder().clearHeaders().build());
    }
    return new Answer(smaller, record);
  }

  /**
   * The result, keyed by request id, or by the prompt's own key where that is no text, in the
   * content type of its request, with the headers that pass through and the coordinates of its
   * prompt: ids may come twice, these tell which is which.
   */
  OutputRecord result(InferenceResult result, Origin origin) {
    boolean protobuf = origin.getContentType() == ContentType.PROTOBUF;
    return new OutputRecord(
        Destination.RESULTS,
        origin.hasKey() ? origin.getKey().toByteArray() : result.getRequestId().getBytes(UTF_8),
        protobuf ? result.toByteArray() : results.write(result),
        headers(protobuf ? PROTOBUF : JSON, origin));
  }

  private static InferenceResult tooLarge(InferenceResult result, long bytes, long maxBytes) {
    return result.toBuilder()
        .clearOutputs()
        .setStatus(Status.ERROR)
        .setError(
            FailureCode.INVALID_REQUEST.error(
                String.format(
                    Locale.ROOT,
                    "inputs: the result would have %,d bytes; the limit is %,d; send fewer inputs a request,"
                        + " or raise limits.max_result_bytes and max.message.bytes of the results topic",
                    bytes,
                    maxBytes)))
        .build();
  }

  /** The audit event, always JSON, keyed like the result. */
  OutputRecord audit(AuditEvent event) {
    return audits.within(bounds.maxBytes(Destination.AUDIT), event);
  }

  /** The record that could not be read, with the reason in its headers. */
  OutputRecord deadLetter(Refusal refusal) {
    return DeadLetters.within(
        bounds.maxBytes(Destination.DEAD_LETTERS),
        bounds.needsKey(Destination.DEAD_LETTERS),
        refusal);
  }

  private static List<Header> headers(Header contentType, Origin origin) {
    Header source =
        header(RecordPlace.SOURCE_HEADER, RecordPlace.of(origin.getSource()).toString());
    if (origin.getHeadersCount() == 0) {
      return List.of(contentType, source);
    }
    List<Header> headers = new ArrayList<>(2 + origin.getHeadersCount());
    headers.add(contentType);
    headers.add(source);
    headers.addAll(origin.getHeadersList());
    return headers;
  }

  private static Header header(String key, String value) {
    return Header.newBuilder().setKey(key).setValue(ByteString.copyFromUtf8(value)).build();
  }
}
