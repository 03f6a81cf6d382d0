package org.openautoglm.jobs.configuration;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** What may stand at a place of the configuration, in words. */
final class Expectation {
  private static final int LONGEST_QUOTE = 60;

  private final SchemaPlace place;

  private Expectation(SchemaPlace place) {
    this.place = place;
  }

  static Expectation of(SchemaPlace place) {
    return new Expectation(place);
  }

  /** Why this value may not stand here. */
  String unlike(JsonNode value) {
    if (value.isNull()) {
      return "has no value; give it " + words() + ", or remove the line";
    }
    if (value.isArray() && value.isEmpty() && place.keyword("minItems").asInt() > 0) {
      return "must have at least one entry";
    }
    if (value.isTextual() && value.asText().isEmpty()) {
      return "must be " + words() + ", not empty";
    }
    if (contains("x-later", value)) {
      return "must be " + words() + ": " + value.asText() + " comes with a later version";
    }
    return "must be " + words() + ", not " + found(value) + mend(value);
  }

  /** What may stand here, to be put after "must be". */
  String words() {
    if (place.keyword("x-expected").isTextual()) {
      return place.keyword("x-expected").asText();
    }
    List<String> choices = texts("enum");
    if (!choices.isEmpty()) {
      return choices.size() == 1 ? choices.get(0) : "one of " + String.join(", ", choices);
    }
    return switch (place.keyword("type").asText()) {
      case "integer" -> "a whole number" + range();
      case "boolean" -> "true or false";
      case "object" -> "a group of options";
      case "array" -> "a list";
      case "string" -> "text" + length();
      default -> "a text, a number, true or false";
    };
  }

  private String range() {
    JsonNode minimum = place.keyword("minimum");
    JsonNode maximum = place.keyword("maximum");
    return " from %,d to %,d".formatted(minimum.asLong(), maximum.asLong());
  }

  private String length() {
    JsonNode longest = place.keyword("maxLength");
    return longest.isMissingNode() ? "" : " of 1 to " + longest.asInt() + " characters";
  }

  private String found(JsonNode value) {
    if (place.isOpenGroup() && value.isValueNode()) {
      // Perhaps a secret that stands one step too high.
      return "a value";
    }
    return switch (value.getNodeType()) {
      case ARRAY -> "a list";
      case OBJECT -> "a group of options";
      case STRING -> "the text '" + shortened(value.asText()) + "'";
      default -> shortened(value.asText());
    };
  }

  private String mend(JsonNode value) {
    if (value.isTextual()) {
      return KnownName.nearest(value.asText(), texts("enum"))
          .map(name -> "; did you mean " + name + "?")
          .orElse("");
    }
    boolean quotable = "string".equals(place.keyword("type").asText()) && value.isValueNode();
    return quotable && !place.keyword("x-expected").isTextual() ? "; put it in quotes" : "";
  }

  private List<String> texts(String keyword) {
    List<String> texts = new ArrayList<>();
    place.keyword(keyword).forEach(choice -> texts.add(choice.asText()));
    return texts;
  }

  private boolean contains(String keyword, JsonNode value) {
    return StreamSupport.stream(place.keyword(keyword).spliterator(), false)
        .collect(Collectors.toSet())
        .contains(value);
  }

  private static String shortened(String text) {
    String line = text.replaceAll("\\s+", " ");
    return line.length() <= LONGEST_QUOTE ? line : line.substring(0, LONGEST_QUOTE) + "…";
  }
}
