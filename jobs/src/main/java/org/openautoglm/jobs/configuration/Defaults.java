package org.openautoglm.jobs.configuration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/** Fills in what the file leaves to the schema. */
final class Defaults {
  private Defaults() {}

  /** Adds the default of every option that is absent, in place. */
  static void fill(JsonNode value, SchemaPlace place) {
    if (value instanceof ObjectNode group) {
      for (Map.Entry<String, SchemaPlace> option : place.options()) {
        fillOption(group, option.getKey(), option.getValue());
      }
    } else if (value.isArray()) {
      place.child(0).ifPresent(entry -> value.forEach(each -> fill(each, entry)));
    }
  }

  private static void fillOption(ObjectNode group, String name, SchemaPlace option) {
    JsonNode standard = option.keyword("default");
    if (!group.has(name) && !standard.isMissingNode()) {
      group.set(name, standard.deepCopy());
    } else if (!group.has(name) && option.isGroup()) {
      group.putObject(name);
    }
    if (group.has(name)) {
      fill(group.get(name), option);
    }
  }
}
