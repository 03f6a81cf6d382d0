package org.openautoglm.jobs.configuration;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.ArrayList;
import java.util.List;

/** Holds a tree against the schema and says what differs in words of the configuration. */
final class SchemaCheck {
  private static final Schema SCHEMA =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
          .getSchema(SchemaPlace.document(), InputFormat.JSON);

  private final JsonNode tree;
  private final ProblemList problems;

  SchemaCheck(JsonNode tree, ProblemList problems) {
    this.tree = tree;
    this.problems = problems;
  }

  void run() {
    for (Error error : SCHEMA.validate(tree.toString(), InputFormat.JSON)) {
      report(error);
    }
    checkDurations(SchemaPlace.root(), tree, OptionPath.ROOT);
  }

  private void report(Error error) {
    OptionPath path = pathOf(error);
    SchemaPlace place = SchemaPlace.root().descend(path).orElseThrow();
    JsonNode value = valueAt(path);
    switch (error.getKeyword()) {
      case "required" ->
          problems.add(
              path.child(error.getProperty()),
              "is missing; add it: "
                  + place.child(error.getProperty()).map(SchemaPlace::description).orElse(""));
      case "additionalProperties" ->
          problems.add(
              path.child(error.getProperty()),
              "is not an option" + KnownName.hint(error.getProperty(), names(place)));
      case "propertyNames" ->
          problems.add(path.child(error.getProperty()), reserved(place, error.getProperty()));
      default -> problems.add(path, Expectation.of(place).unlike(value));
    }
  }

  private static String reserved(SchemaPlace place, String name) {
    JsonNode instead = place.keyword("x-instead").path(name);
    return instead.isTextual() ? instead.asText() : place.keyword("x-reserved").asText();
  }

  private static List<String> names(SchemaPlace place) {
    return place.options().stream().map(option -> option.getKey()).toList();
  }

  private static OptionPath pathOf(Error error) {
    List<Object> steps = new ArrayList<>();
    for (int i = 0; i < error.getInstanceLocation().getNameCount(); i++) {
      steps.add(error.getInstanceLocation().getElement(i));
    }
    return new OptionPath(steps);
  }

  private JsonNode valueAt(OptionPath path) {
    JsonNode value = tree;
    for (Object step : path.steps()) {
      value = step instanceof Integer position ? value.path(position) : value.path((String) step);
    }
    return value;
  }

  // JSON Schema has no ranges of durations: the schema carries them in keywords of its own.
  private void checkDurations(SchemaPlace place, JsonNode value, OptionPath path) {
    if (value.isObject()) {
      value
          .properties()
          .forEach(
              option ->
                  place
                      .child(option.getKey())
                      .ifPresent(
                          below ->
                              checkDurations(
                                  below, option.getValue(), path.child(option.getKey()))));
    } else if (value.isArray()) {
      for (int i = 0; i < value.size(); i++) {
        int position = i;
        place
            .child(position)
            .ifPresent(below -> checkDurations(below, value.get(position), path.child(position)));
      }
    } else if (place.keyword("x-minimum").isTextual() && value.isTextual()) {
      checkRange(place, value.asText(), path);
    }
  }

  private void checkRange(SchemaPlace place, String text, OptionPath path) {
    String minimum = place.keyword("x-minimum").asText();
    String maximum = place.keyword("x-maximum").asText();
    DurationText.tryParse(text)
        .filter(
            given ->
                given.compareTo(DurationText.parse(minimum)) < 0
                    || given.compareTo(DurationText.parse(maximum)) > 0)
        .ifPresent(
            given ->
                problems.add(path, "must be from " + minimum + " to " + maximum + ", not " + text));
  }
}
