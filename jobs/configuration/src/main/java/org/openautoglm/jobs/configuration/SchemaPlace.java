package org.openautoglm.jobs.configuration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A place in the configuration's schema, with its reference resolved: the one source of names,
 * types, ranges, defaults and meanings.
 */
final class SchemaPlace {
  private static final String RESOURCE = "autoglm.schema.json";
  private static final JsonNode DOCUMENT = read();

  private final JsonNode schema;

  private SchemaPlace(JsonNode schema) {
    this.schema = resolved(schema);
  }

  static SchemaPlace root() {
    return new SchemaPlace(DOCUMENT);
  }

  /** The schema as a JSON text. */
  static String document() {
    return DOCUMENT.toString();
  }

  /** What stands below: an option of a group, or any entry of a list; empty where nothing may. */
  Optional<SchemaPlace> child(Object step) {
    JsonNode below =
        step instanceof Integer
            ? schema.path("items")
            : schema.path("properties").path((String) step);
    if (below.isMissingNode() && step instanceof String) {
      // Open groups, such as the properties passed to Kafka.
      below = schema.path("additionalProperties");
    }
    return below.isObject() ? Optional.of(new SchemaPlace(below)) : Optional.empty();
  }

  Optional<SchemaPlace> descend(OptionPath path) {
    Optional<SchemaPlace> place = Optional.of(this);
    for (Object step : path.steps()) {
      place = place.flatMap(above -> above.child(step));
    }
    return place;
  }

  /** A keyword's value; a missing node where the schema does not have it. */
  JsonNode keyword(String name) {
    return schema.path(name);
  }

  /** The options of a group, in the order of the schema. */
  List<Map.Entry<String, SchemaPlace>> options() {
    List<Map.Entry<String, SchemaPlace>> options = new ArrayList<>();
    schema
        .path("properties")
        .properties()
        .forEach(
            property ->
                options.add(Map.entry(property.getKey(), new SchemaPlace(property.getValue()))));
    return options;
  }

  /** Whether a value here is text, so that {@code 5} from the environment means "5". */
  boolean isText() {
    JsonNode choices = schema.path("enum");
    JsonNode types = schema.path("type");
    return "string".equals(types.isArray() ? types.path(0).asText() : types.asText())
        || (!choices.isEmpty() && choices.get(0).isTextual());
  }

  /** Whether a value here is the text that stands in the file, whatever YAML would read in it. */
  boolean isVerbatim() {
    return schema.path("x-verbatim").asBoolean();
  }

  /** Whether this is a group of any names, whose values may be secrets. */
  boolean isOpenGroup() {
    return schema.path("additionalProperties").isObject();
  }

  boolean isGroup() {
    return schema.has("properties");
  }

  String description() {
    return schema.path("description").asText();
  }

  private static JsonNode resolved(JsonNode schema) {
    if (!schema.has("$ref")) {
      return schema;
    }
    String pointer = schema.get("$ref").asText().substring(1);
    ObjectNode merged = DOCUMENT.at(pointer).deepCopy();
    merged.setAll((ObjectNode) schema);
    merged.remove("$ref");
    return merged;
  }

  private static JsonNode read() {
    try (InputStream resource = SchemaPlace.class.getResourceAsStream(RESOURCE)) {
      return new ObjectMapper().readTree(resource);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
