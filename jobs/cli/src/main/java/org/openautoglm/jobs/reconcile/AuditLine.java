package org.openautoglm.jobs.reconcile;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Optional;
import org.openautoglm.schemas.coordinates.RecordPlace;

/**
 * What reconciling needs of an audit event.
 *
 * @param source the record that it is about
 * @param outcome how that ended, such as {@code OK}
 * @param requestId its id
 */
record AuditLine(RecordPlace source, String outcome, String requestId) {
  private static final JsonFactory JSON = new JsonFactory();

  /** Reads as little of the event as it takes; empty where it is none. */
  static Optional<AuditLine> read(byte[] value) {
    if (value == null) {
      return Optional.empty();
    }
    String outcome = null;
    String requestId = "";
    RecordPlace source = null;
    try (JsonParser parser = JSON.createParser(value)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return Optional.empty();
      }
      while ((outcome == null || source == null) && parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        JsonToken token = parser.nextToken();
        switch (name) {
          case "request_id" -> requestId = parser.getValueAsString("");
          case "outcome" -> outcome = parser.getValueAsString("");
          case "source" -> source = token == JsonToken.START_OBJECT ? place(parser) : null;
          default -> parser.skipChildren();
        }
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return source == null || outcome == null
        ? Optional.empty()
        : Optional.of(new AuditLine(source, outcome, requestId));
  }

  private static RecordPlace place(JsonParser parser) throws IOException {
    String topic = "";
    int partition = 0;
    long offset = 0;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      switch (name) {
        case "topic" -> topic = parser.getValueAsString("");
        case "partition" -> partition = parser.getValueAsInt();
        case "offset" -> offset = parser.getValueAsLong();
        default -> parser.skipChildren();
      }
    }
    return new RecordPlace(topic, partition, offset);
  }
}
