package org.openautoglm.schemas.decode;

import com.google.protobuf.ByteString;
import java.util.Optional;
import org.openautoglm.schemas.flow.ContentType;
import org.openautoglm.schemas.json.CloudEventReader;
import org.openautoglm.schemas.json.CloudEventReader.CloudEvent;
import org.openautoglm.schemas.json.JsonRequestReader;
import org.openautoglm.schemas.protobuf.ProtobufRequestReader;
import org.openautoglm.schemas.request.MalformedRecordException;
import org.openautoglm.schemas.request.ReadRequest;
import org.openautoglm.schemas.request.RequestLimits;

/**
 * Reads a record's value in whatever it is wrapped: a schema registry's frame, a CloudEvent, or
 * nothing. Immutable and thread-safe.
 */
final class ValueReader {
  private final JsonRequestReader json;
  private final ProtobufRequestReader protobuf;
  private final CloudEventReader events;

  ValueReader(RequestLimits limits) {
    json = new JsonRequestReader(limits);
    protobuf = new ProtobufRequestReader(limits);
    events = new CloudEventReader(limits);
  }

  /**
   * A request as it was read.
   *
   * @param request what a reader made of it
   * @param format in what the result is written
   * @param eventId the CloudEvent's id; empty where there is none
   */
  record Value(ReadRequest request, ContentType format, String eventId) {}

  /**
   * Reads a value that is not empty.
   *
   * @throws MalformedRecordException where no request can be read
   */
  Value read(ByteString value, MediaType type) throws MalformedRecordException {
    Optional<RegistryFrame> frame = RegistryFrame.of(value);
    if (frame.isEmpty()) {
      return unframed(value, type);
    }
    try {
      return framed(frame.get(), type);
    } catch (MalformedRecordException e) {
      throw new MalformedRecordException(
          "the record starts with a zero byte, as UTF-16, a schema registry's frame or binary data"
              + " do; read as a frame (schema id "
              + frame.get().schemaId()
              + "), "
              + e.getMessage());
    }
  }

  private Value framed(RegistryFrame frame, MediaType type) throws MalformedRecordException {
    if (type == MediaType.PROTOBUF || (type == MediaType.UNSAID && !frame.holdsJson())) {
      return new Value(protobuf.read(frame.message()), ContentType.PROTOBUF, "");
    }
    return unframed(frame.payload(), type);
  }

  private Value unframed(ByteString value, MediaType type) throws MalformedRecordException {
    return switch (type) {
      case PROTOBUF -> new Value(protobuf.read(value), ContentType.PROTOBUF, "");
      case CLOUD_EVENT -> event(events.read(value));
      case UNSAID, JSON -> new Value(json.read(value), ContentType.JSON, "");
    };
  }

  private Value event(CloudEvent event) throws MalformedRecordException {
    MediaType type = MediaType.of(event.dataContentType());
    if (type == MediaType.CLOUD_EVENT) {
      throw new MalformedRecordException("a CloudEvent within a CloudEvent is not read");
    }
    Value data = unframed(event.data(), type);
    return new Value(data.request(), data.format(), event.id());
  }
}
