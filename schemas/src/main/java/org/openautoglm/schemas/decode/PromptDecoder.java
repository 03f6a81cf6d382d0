package org.openautoglm.schemas.decode;

import com.google.protobuf.ByteString;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.openautoglm.schemas.coordinates.RecordPlace;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.ContentType;
import org.openautoglm.schemas.flow.Origin;
import org.openautoglm.schemas.flow.Prompt;
import org.openautoglm.schemas.flow.PromptRecord;
import org.openautoglm.schemas.flow.Refusal;
import org.openautoglm.schemas.request.Lengths;
import org.openautoglm.schemas.request.MalformedRecordException;
import org.openautoglm.schemas.request.ReadRequest;
import org.openautoglm.schemas.request.RequestLimits;
import org.openautoglm.schemas.request.RequestRules;
import org.openautoglm.schemas.wire.InferenceRequest;

/**
 * Makes a request of a record's bytes, or says why there is none. Whatever the bytes, it answers
 * and never throws.
 *
 * <p>What is what:
 *
 * <ul>
 *   <li>MALFORMED_RECORD, a dead letter: no request can be read. A record that could not even be
 *       read off the topic, no value or an empty one, a value over the size limit, an unknown
 *       content type, not UTF-8, not JSON, not a JSON object, nested too deep, a field twice; not
 *       parseable as the protobuf message, or with texts that are not UTF-8.
 *   <li>INVALID_REQUEST, a result that says ERROR: a JSON object or a protobuf message that breaks
 *       the contract. Unknown fields, wrong types, missing fields, values out of range. All of it
 *       is told in one message.
 * </ul>
 *
 * <p>Whether the model exists and takes the parameters is for the admit stage to say. A request is
 * called by its {@code request_id}; without one, or with one that breaks the contract, by the
 * record's key (see {@link RecordKey}), else by the id of the CloudEvent that it came in; otherwise
 * by {@code topic-partition-offset}, where it was republished that of the record it stands for.
 *
 * <p>Immutable and thread-safe.
 */
public final class PromptDecoder {
  private final RequestLimits limits;
  private final LongSupplier nanoClock;
  private final ValueReader values;

  /**
   * A decoder with these limits.
   *
   * @param nanoClock measures how long decoding takes, such as {@link System#nanoTime}
   */
  public PromptDecoder(RequestLimits limits, LongSupplier nanoClock) {
    this.limits = limits;
    this.nanoClock = nanoClock;
    values = new ValueReader(limits);
  }

  /**
   * Decodes a record.
   *
   * @param receivedUs when the job read it, microseconds since the epoch
   */
  public Decoded decode(PromptRecord record, long receivedUs) {
    long startNs = nanoClock.getAsLong();
    Origin.Builder origin =
        Origin.newBuilder().setSource(record.getSource()).setReceivedUs(receivedUs);
    int headerBytes = RecordHeaders.passThrough(record, origin);
    try {
      ValueReader.Value value = read(record, origin);
      ReadRequest read = value.request();
      if (headerBytes > RecordHeaders.PASSED_THROUGH_BYTES_MAX) {
        read.problems()
            .add(
                "the headers traceparent, tracestate and correlation-id",
                Lengths.tooMany("bytes", headerBytes, RecordHeaders.PASSED_THROUGH_BYTES_MAX));
      }
      name(record, value, origin);
      return read.problems().isEmpty()
          ? accepted(origin, read, startNs)
          : invalid(origin, read, startNs);
    } catch (MalformedRecordException e) {
      return malformed(record, origin, e.getMessage(), startNs);
    } catch (RuntimeException | StackOverflowError e) {
      // A reader's fault, but bytes that trigger it would stop the job again after every restart.
      return malformed(record, origin, "the record could not be read: " + e, startNs);
    }
  }

  private ValueReader.Value read(PromptRecord record, Origin.Builder origin)
      throws MalformedRecordException {
    if (!record.getUnreadable().isEmpty()) {
      throw new MalformedRecordException(record.getUnreadable());
    }
    MediaType type = RecordHeaders.mediaType(record);
    if (type == MediaType.PROTOBUF) {
      origin.setContentType(ContentType.PROTOBUF); // Also of a record that cannot be read.
    }
    ByteString value = record.getValue();
    if (value.isEmpty()) {
      throw new MalformedRecordException(
          record.hasValue()
              ? "the record's value is empty: publish a request"
              : "the record has no value, it is a tombstone: publish a request");
    }
    if (value.size() > limits.maxRecordBytes()) {
      throw new MalformedRecordException(
          "the record " + Lengths.tooMany("bytes", value.size(), limits.maxRecordBytes()));
    }
    ValueReader.Value read = values.read(value, type);
    origin.setContentType(read.format());
    return read;
  }

  private Decoded accepted(Origin.Builder origin, ReadRequest read, long startNs) {
    return new Decoded.Accepted(
        Prompt.newBuilder()
            .setOrigin(origin)
            .setRequest(read.request())
            .addAllInputOrder(read.inputOrder())
            .setDecodeNs(nanoClock.getAsLong() - startNs)
            .build());
  }

  private Decoded invalid(Origin.Builder origin, ReadRequest read, long startNs) {
    InferenceRequest.Builder request =
        InferenceRequest.newBuilder()
            .setRequestId(read.request().getRequestId())
            .setModelId(read.request().getModelId())
            .setSettle(read.request().getSettle())
            .putAllMetadata(read.request().getMetadataMap());
    return new Decoded.Refused(
        Refusal.newBuilder()
            .setOrigin(origin)
            .setRequest(request)
            .setError(FailureCode.INVALID_REQUEST.error(read.problems().message()))
            .setDecodeNs(nanoClock.getAsLong() - startNs)
            .build());
  }

  private Decoded malformed(
      PromptRecord record, Origin.Builder origin, String message, long startNs) {
    return new Decoded.Refused(
        Refusal.newBuilder()
            .setOrigin(origin)
            .setError(FailureCode.MALFORMED_RECORD.error(message))
            .setDeadLetter(record)
            .setDecodeNs(nanoClock.getAsLong() - startNs)
            .build());
  }

  /** Gives the request its name, and the result the key that the name does not tell. */
  private static void name(PromptRecord record, ValueReader.Value value, Origin.Builder origin) {
    InferenceRequest.Builder request = value.request().request();
    if (!request.getRequestId().isEmpty()) {
      return;
    }
    String id =
        RecordKey.asId(record.getKey())
            .or(() -> RecordHeaders.republishedOf(record).map(RecordPlace::toString))
            .or(() -> eventId(record, value))
            .orElseGet(() -> RecordPlace.of(record.getSource()).toString());
    request.setRequestId(id);
    if (RecordKey.isKept(record.getKey(), id)) {
      origin.setKey(record.getKey());
    }
  }

  private static Optional<String> eventId(PromptRecord record, ValueReader.Value value) {
    String id = value.eventId().isEmpty() ? RecordHeaders.cloudEventId(record) : value.eventId();
    return Optional.of(id)
        .filter(
            given ->
                !given.isEmpty() && !Lengths.longerThan(RequestRules.REQUEST_ID_CHARS_MAX, given));
  }
}
