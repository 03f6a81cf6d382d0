package org.openautoglm.jobs.configuration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/** Fills in what the file leaves to the schema. */
final class Defaults {
  /** The keyword for an option that is like another of the first level, which stands before it. */
  static final String LIKE = "x-default-from";

  private final JsonNode tree;

  private Defaults(JsonNode tree) {
    this.tree = tree;
  }

  /** Adds the default of every option that is absent from a configuration, in place. */
  static void fill(JsonNode tree) {
    new Defaults(tree).fill(tree, SchemaPlace.root());
  }

  private void fill(JsonNode value, SchemaPlace place) {
    if (value instanceof ObjectNode group) {
      for (Map.Entry<String, SchemaPlace> option : place.options()) {
        fillOption(group, option.getKey(), option.getValue());
      }
    } else if (value.isArray()) {
      place.child(0).ifPresent(entry -> value.forEach(each -> fill(each, entry)));
    }
  }

  private void fillOption(ObjectNode group, String name, SchemaPlace option) {
    JsonNode standard =
        option.keyword(LIKE).isMissingNode()
            ? option.keyword("default")
            : tree.path(option.keyword(LIKE).asText());
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
