package org.openautoglm.schemas.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.openautoglm.schemas.request.Lengths;
import org.openautoglm.schemas.request.Problems;
import org.openautoglm.schemas.request.RequestRules;
import org.openautoglm.schemas.wire.InferenceRequest;
import org.openautoglm.schemas.wire.Parameters;

/** Reads {@code parameters}. Used by one thread, for one request. */
final class JsonParameters {
  private final JsonParser parser;
  private final JsonValues values;
  private final Problems problems;

  JsonParameters(JsonParser parser, JsonValues values, Problems problems) {
    this.parser = parser;
    this.values = values;
    this.problems = problems;
  }

  /** Reads the value at which the parser stands; the temperature is the request's own field. */
  void readInto(InferenceRequest.Builder request) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      values.wrong("parameters", "give an object");
      return;
    }
    Parameters.Builder parameters = Parameters.newBuilder();
    int seen = 0;
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      parser.nextToken();
      seen = JsonFields.PARAMETERS.once(seen, name, problems);
      if (name.equals("temperature")) {
        Float temperature = values.float32("parameters.temperature");
        if (temperature != null) {
          request.setTemperature(temperature);
        }
      } else {
        readField(name, parameters);
      }
    }
    Parameters read = parameters.build();
    if (!read.equals(Parameters.getDefaultInstance())) {
      request.setParameters(read);
    }
  }

  private void readField(String name, Parameters.Builder parameters) throws IOException {
    switch (name) {
      case "max_new_tokens" -> {
        Integer tokens = values.int32("parameters.max_new_tokens");
        if (tokens != null) {
          parameters.setMaxNewTokens(tokens);
        }
      }
      case "top_p" -> {
        Float probability = values.float32("parameters.top_p");
        if (probability != null) {
          parameters.setTopP(probability);
        }
      }
      case "top_k" -> {
        Integer tokens = values.int32("parameters.top_k");
        if (tokens != null) {
          parameters.setTopK(tokens);
        }
      }
      case "seed" -> {
        Long seed = values.int64("parameters.seed");
        if (seed != null) {
          parameters.setSeed(seed);
        }
      }
      case "repetition_penalty" -> {
        Float penalty = values.float32("parameters.repetition_penalty");
        if (penalty != null) {
          parameters.setRepetitionPenalty(penalty);
        }
      }
      case "stop" -> readStop(parameters);
      default -> JsonFields.PARAMETERS.refuse("parameters.", name, parser, problems);
    }
  }

  private void readStop(Parameters.Builder parameters) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      values.wrong("parameters.stop", "give a list of strings");
      return;
    }
    int count = 0;
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      if (count++ >= RequestRules.STOP_MAX) {
        parser.skipChildren();
      } else if (token == JsonToken.VALUE_STRING) {
        parameters.addStop(parser.getText());
      } else {
        values.wrong("parameters.stop[" + (count - 1) + "]", "give a string");
        parameters.addStop("?");
      }
    }
    if (count > RequestRules.STOP_MAX) {
      problems.add("parameters.stop", Lengths.tooMany("members", count, RequestRules.STOP_MAX));
    }
  }
}
