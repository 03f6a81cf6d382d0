package org.openautoglm.schemas.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.openautoglm.schemas.request.Excerpt;
import org.openautoglm.schemas.request.Lengths;
import org.openautoglm.schemas.request.Problems;
import org.openautoglm.schemas.request.RequestRules;
import org.openautoglm.schemas.wire.InferenceRequest;
import org.openautoglm.schemas.wire.Settle;

/**
 * Reads the fields of a request that say whose it is and how it is answered, not what is asked.
 * Used by one thread, for one request.
 */
final class JsonEnvelope {
  private final JsonParser parser;
  private final JsonValues values;
  private final Problems problems;

  JsonEnvelope(JsonParser parser, JsonValues values, Problems problems) {
    this.parser = parser;
    this.values = values;
    this.problems = problems;
  }

  /** Reads the value at which the parser stands as the field of that name. */
  void readInto(InferenceRequest.Builder request, String name) throws IOException {
    switch (name) {
      case "request_id" -> {
        String id = values.text("request_id");
        if (id != null && id.isEmpty()) {
          problems.add("request_id", "is empty: leave it out, or give 1 to 256 characters");
        } else if (id != null) {
          request.setRequestId(id);
        }
      }
      case "model_id" -> {
        String model = values.text("model_id");
        if (model != null) {
          request.setModelId(model);
        }
      }
      case "settle" -> readSettle(request);
      case "deadline_ms" -> {
        Long deadline = values.int64("deadline_ms");
        if (deadline != null) {
          request.setDeadlineMs(deadline);
        }
      }
      case "metadata" -> readMetadata(request);
      default -> JsonFields.REQUEST.refuse("", name, parser, problems);
    }
  }

  private void readSettle(InferenceRequest.Builder request) throws IOException {
    String settle = values.text("settle");
    if (settle == null) {
      return;
    }
    switch (settle) {
      case "all" -> request.setSettle(Settle.ALL);
      case "all_settled" -> request.setSettle(Settle.ALL_SETTLED);
      default ->
          problems.add(
              "settle", "is \"" + Excerpt.of(settle) + "\": give \"all\" or \"all_settled\"");
    }
  }

  private void readMetadata(InferenceRequest.Builder request) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      values.wrong("metadata", "give an object of strings");
      return;
    }
    int count = 0;
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      JsonToken token = parser.nextToken();
      if (count++ >= RequestRules.METADATA_MAX) {
        parser.skipChildren();
      } else if (request.containsMetadata(name)) {
        problems.add("metadata." + Excerpt.of(name), "stands twice: give it once");
        parser.skipChildren();
      } else if (token == JsonToken.VALUE_STRING) {
        request.putMetadata(name, parser.getText());
      } else {
        values.wrong("metadata." + Excerpt.of(name), "give a string");
      }
    }
    if (count > RequestRules.METADATA_MAX) {
      problems.add("metadata", Lengths.tooMany("entries", count, RequestRules.METADATA_MAX));
      request.clearMetadata();
    }
  }
}
