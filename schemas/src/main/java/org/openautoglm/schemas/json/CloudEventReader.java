package org.openautoglm.schemas.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import org.openautoglm.schemas.request.Excerpt;
import org.openautoglm.schemas.request.MalformedRecordException;
import org.openautoglm.schemas.request.RequestLimits;

/**
 * Takes the data out of a CloudEvent in the JSON format (CloudEvents 1.0, 3.1). Immutable and
 * thread-safe.
 */
public final class CloudEventReader {
  private final JsonFactory factory;

  public CloudEventReader(RequestLimits limits) {
    factory =
        JsonFactory.builder()
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(JsonRequestReader.DEPTH_MAX + 1)
                    .maxStringLength(limits.maxRecordBytes())
                    .maxDocumentLength(limits.maxRecordBytes())
                    .build())
            .build();
  }

  /**
   * What an event holds.
   *
   * @param id the event's own; empty where it has none
   * @param dataContentType what the data is; empty for JSON
   * @param data the request
   */
  public record CloudEvent(String id, String dataContentType, ByteString data) {}

  /**
   * Reads a record's value.
   *
   * @throws MalformedRecordException where it is no event, or one without data
   */
  public CloudEvent read(ByteString value) throws MalformedRecordException {
    String json = JsonText.of(value);
    try (JsonParser parser = factory.createParser(json)) {
      return read(parser, json);
    } catch (JsonProcessingException e) {
      throw new MalformedRecordException(
          "the record is not a CloudEvent in JSON: " + Excerpt.ofLine(e.getOriginalMessage()));
    } catch (IOException e) {
      throw new UncheckedIOException("reading from memory failed", e);
    }
  }

  private static CloudEvent read(JsonParser parser, String json)
      throws IOException, MalformedRecordException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new MalformedRecordException("the record is no CloudEvent, which is a JSON object");
    }
    String id = "";
    String type = "";
    ByteString data = null;
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      JsonToken token = parser.nextToken();
      switch (name) {
        case "id" -> id = token == JsonToken.VALUE_STRING ? parser.getText() : "";
        case "datacontenttype" -> type = token == JsonToken.VALUE_STRING ? parser.getText() : "";
        case "data" -> data = data(parser, json);
        case "data_base64" -> data = decoded(parser);
        default -> {}
      }
      parser.skipChildren();
    }
    if (data == null) {
      throw new MalformedRecordException(
          "the CloudEvent has no data: put the request into its field data");
    }
    return new CloudEvent(id, type, data);
  }

  /** As it stands in the text; of a string what it says, as some bindings put JSON into one. */
  private static ByteString data(JsonParser parser, String json) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_STRING) {
      return ByteString.copyFromUtf8(parser.getText());
    }
    int from = (int) parser.currentTokenLocation().getCharOffset();
    parser.skipChildren();
    parser.finishToken();
    return ByteString.copyFromUtf8(
        json.substring(from, (int) parser.currentLocation().getCharOffset()));
  }

  private static ByteString decoded(JsonParser parser)
      throws IOException, MalformedRecordException {
    try {
      return ByteString.copyFrom(Base64.getDecoder().decode(parser.getText()));
    } catch (IllegalArgumentException e) {
      throw new MalformedRecordException("the CloudEvent's data_base64 is not Base64");
    }
  }
}
