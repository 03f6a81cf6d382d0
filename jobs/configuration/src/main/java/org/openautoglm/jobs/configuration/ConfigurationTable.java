package org.openautoglm.jobs.configuration;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/**
 * The configuration's options as a Markdown table, from the schema: option, type, default, meaning.
 */
public final class ConfigurationTable {
  private ConfigurationTable() {}

  /** The table, without a line break at its end. */
  public static String markdown() {
    StringBuilder table =
        new StringBuilder("| option | type | default | meaning |\n|---|---|---|---|");
    addOptions(table, "", SchemaPlace.root());
    return table.toString();
  }

  private static void addOptions(StringBuilder table, String prefix, SchemaPlace group) {
    for (Map.Entry<String, SchemaPlace> option : group.options()) {
      String name = prefix + option.getKey();
      SchemaPlace place = option.getValue();
      if (place.isGroup()) {
        addOptions(table, name + ".", place);
      } else if (place.child(0).isPresent() && place.child(0).orElseThrow().isGroup()) {
        addOptions(table, name + "[].", place.child(0).orElseThrow());
      } else {
        String cells = "\n| `%s` | %s | %s | %s |";
        table.append(
            cells.formatted(name, type(place), standard(group, option.getKey()), meaning(place)));
      }
    }
  }

  private static String type(SchemaPlace place) {
    if (!place.keyword("enum").isMissingNode()) {
      StringBuilder choices = new StringBuilder();
      place
          .keyword("enum")
          .forEach(choice -> choices.append(choices.isEmpty() ? "" : ", ").append(quoted(choice)));
      return choices.toString();
    }
    if (place.keyword("x-type").isTextual()) {
      return place.keyword("x-type").asText();
    }
    if (place.keyword("x-minimum").isTextual()) {
      return "duration, `%s` to `%s`"
          .formatted(place.keyword("x-minimum").asText(), place.keyword("x-maximum").asText());
    }
    return switch (place.keyword("type").asText()) {
      case "integer" ->
          "%,d to %,d"
              .formatted(place.keyword("minimum").asLong(), place.keyword("maximum").asLong());
      case "boolean" -> "`true`, `false`";
      case "object" -> "properties";
      default -> "text";
    };
  }

  private static String standard(SchemaPlace group, String name) {
    JsonNode like = group.child(name).orElseThrow().keyword(Defaults.LIKE);
    if (!like.isMissingNode()) {
      return "as " + quoted(like);
    }
    JsonNode value = group.child(name).orElseThrow().keyword("default");
    if (!value.isMissingNode()) {
      return value.isContainerNode() ? "none" : quoted(value);
    }
    for (JsonNode required : group.keyword("required")) {
      if (required.asText().equals(name)) {
        return "required";
      }
    }
    return "none";
  }

  private static String quoted(JsonNode value) {
    return "`" + value.asText() + "`";
  }

  private static String meaning(SchemaPlace place) {
    return place.description().replace("|", "\\|");
  }
}
