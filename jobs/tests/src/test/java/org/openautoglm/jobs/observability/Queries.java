package org.openautoglm.jobs.observability;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The queries of the dashboard and of the alerts, by where they stand. */
final class Queries {
  static final Path DIRECTORY =
      Path.of("../..").toAbsolutePath().normalize().resolve("deploy/observability");

  private Queries() {}

  /** A query and the place it comes from. */
  record Query(String place, String expression) {
    @Override
    public String toString() {
      return place;
    }
  }

  static List<Query> ofDashboard() throws IOException {
    JsonNode dashboard =
        new ObjectMapper().readTree(Files.readString(DIRECTORY.resolve("grafana/autoglm.json")));
    List<Query> queries = new ArrayList<>();
    for (JsonNode panel : dashboard.get("panels")) {
      for (JsonNode target : panel.path("targets")) {
        queries.add(
            new Query(
                panel.get("title").asText() + "/" + target.get("refId").asText(),
                withoutVariables(target.get("expr").asText())));
      }
    }
    for (JsonNode variable : dashboard.at("/templating/list")) {
      String values = variable.at("/query/query").asText();
      if (values.startsWith("label_values(")) {
        String[] parts =
            values.substring("label_values(".length(), values.length() - 1).split(", ", -1);
        queries.add(
            new Query(
                "variable " + variable.get("name").asText(),
                "count by (" + parts[1] + ") (" + parts[0] + ")"));
      }
    }
    return queries;
  }

  /** As Grafana fills them in where everything is chosen. */
  private static String withoutVariables(String expression) {
    return expression.replace("$__rate_interval", "1m").replace("$model", ".*");
  }

  static List<Query> ofAlerts() throws IOException {
    List<Query> queries = new ArrayList<>();
    for (JsonNode group : alerts("prometheus/alerts.yaml")) {
      for (JsonNode rule : group.get("rules")) {
        queries.add(new Query(rule.get("alert").asText(), rule.get("expr").asText()));
      }
    }
    return queries;
  }

  /** The groups of rules in a file. */
  static JsonNode alerts(String file) throws IOException {
    JsonNode read = new YAMLMapper().readTree(Files.readString(DIRECTORY.resolve(file)));
    return read.has("spec") ? read.at("/spec/groups") : read.get("groups");
  }

  static Map<String, JsonNode> alertsByName() throws IOException {
    Map<String, JsonNode> byName = new TreeMap<>();
    for (JsonNode group : alerts("prometheus/alerts.yaml")) {
      group.get("rules").forEach(rule -> byName.put(rule.get("alert").asText(), rule));
    }
    return byName;
  }
}
