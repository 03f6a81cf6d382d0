package org.openautoglm.schemas.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.openautoglm.schemas.request.Excerpt;
import org.openautoglm.schemas.request.Problems;

/**
 * Reads the value at which the parser stands. A value of another type is a problem of its field and
 * is skipped, so that reading goes on and finds the other problems. Used by one thread, for one
 * request.
 */
final class JsonValues {
  private final JsonParser parser;
  private final Problems problems;

  JsonValues(JsonParser parser, Problems problems) {
    this.parser = parser;
    this.problems = problems;
  }

  /** The text, or null. */
  String text(String path) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_STRING) {
      return parser.getText();
    }
    wrong(path, "give a string");
    return null;
  }

  /** The whole number, or null. */
  Integer int32(String path) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
        && parser.getNumberType() == JsonParser.NumberType.INT) {
      return parser.getIntValue();
    }
    wrong(path, "give a whole number of 32 bits");
    return null;
  }

  /** The whole number, or null. */
  Long int64(String path) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
        && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
      return parser.getLongValue();
    }
    wrong(path, "give a whole number of 64 bits");
    return null;
  }

  /** The number, infinite where it is too large for a float, or null. */
  Float float32(String path) throws IOException {
    if (parser.currentToken().isNumeric()) {
      return parser.getFloatValue();
    }
    wrong(path, "give a number");
    return null;
  }

  /** Notes that the value is not what its field takes, and skips it. */
  void wrong(String path, String mend) throws IOException {
    problems.add(path, "is " + described() + ": " + mend);
    parser.skipChildren();
  }

  private String described() throws IOException {
    return switch (parser.currentToken()) {
      case VALUE_STRING -> "the string \"" + Excerpt.of(parser.getText()) + "\"";
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "the number " + Excerpt.of(parser.getText());
      case START_ARRAY -> "a list";
      case START_OBJECT -> "an object";
      default -> parser.getText();
    };
  }
}
