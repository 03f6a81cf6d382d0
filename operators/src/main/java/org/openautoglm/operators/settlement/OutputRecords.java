package org.openautoglm.operators.settlement;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.util.Locale;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.ContentType;
import org.openautoglm.schemas.flow.Destination;
import org.openautoglm.schemas.flow.Header;
import org.openautoglm.schemas.flow.Origin;
import org.openautoglm.schemas.flow.OutputRecord;
import org.openautoglm.schemas.flow.Refusal;
import org.openautoglm.schemas.json.JsonAuditWriter;
import org.openautoglm.schemas.json.JsonResultWriter;
import org.openautoglm.schemas.wire.AuditEvent;
import org.openautoglm.schemas.wire.InferenceResult;
import org.openautoglm.schemas.wire.Status;

/** Writes results, audit events and dead letters as Kafka will carry them. */
final class OutputRecords {
  private static final Header JSON = contentType("application/json");
  private static final Header PROTOBUF = contentType("application/x-protobuf");

  private final JsonResultWriter results = new JsonResultWriter();
  private final JsonAuditWriter audits = new JsonAuditWriter();
  private final DeadLetters deadLetters;
  private final int maxResultBytes;

  OutputRecords(int maxResultBytes) {
    this.maxResultBytes = maxResultBytes;
    this.deadLetters = new DeadLetters(maxResultBytes);
  }

  /**
   * The result, keyed by request id, in the content type of its request, with the headers that pass
   * through.
   */
  OutputRecord result(InferenceResult result, Origin origin) {
    boolean protobuf = origin.getContentType() == ContentType.PROTOBUF;
    return OutputRecord.newBuilder()
        .setDestination(Destination.RESULTS)
        .setKey(ByteString.copyFromUtf8(result.getRequestId()))
        .setValue(
            protobuf
                ? result.toByteString()
                : UnsafeByteOperations.unsafeWrap(results.write(result)))
        .addHeaders(protobuf ? PROTOBUF : JSON)
        .addAllHeaders(origin.getHeadersList())
        .build();
  }

  /**
   * What is answered instead of a result that Kafka might not take: one that were refused would
   * stop the job.
   */
  InferenceResult tooLarge(InferenceResult result, int bytes) {
    return result.toBuilder()
        .clearOutputs()
        .setStatus(Status.ERROR)
        .setError(
            FailureCode.INVALID_REQUEST.error(
                String.format(
                    Locale.ROOT,
                    "inputs: the result would have %,d bytes; the limit is %,d; send fewer inputs a request",
                    bytes,
                    maxResultBytes)))
        .build();
  }

  /** The audit event, always JSON, keyed like the result. */
  OutputRecord audit(AuditEvent event) {
    return OutputRecord.newBuilder()
        .setDestination(Destination.AUDIT)
        .setKey(ByteString.copyFromUtf8(event.getRequestId()))
        .setValue(UnsafeByteOperations.unsafeWrap(audits.write(event)))
        .addHeaders(JSON)
        .build();
  }

  /** The record that could not be read, with the reason in its headers. */
  OutputRecord deadLetter(Refusal refusal) {
    return deadLetters.of(refusal);
  }

  private static Header contentType(String type) {
    return Header.newBuilder()
        .setKey("content-type")
        .setValue(ByteString.copyFromUtf8(type))
        .build();
  }
}
