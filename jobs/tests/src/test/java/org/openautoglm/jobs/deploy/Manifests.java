package org.openautoglm.jobs.deploy;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The files of deploy/, read. A key that stands twice is an error. */
final class Manifests {
  static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
  static final Path DEPLOY = ROOT.resolve("deploy");
  static final YAMLMapper YAML =
      new YAMLMapper(
          YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build());

  private Manifests() {}

  static JsonNode read(Path file) {
    List<JsonNode> documents = readAll(file);
    if (documents.size() != 1) {
      throw new IllegalArgumentException(file + " has " + documents.size() + " documents");
    }
    return documents.get(0);
  }

  static List<JsonNode> readAll(Path file) {
    try (var documents =
        YAML.readerFor(JsonNode.class).<JsonNode>readValues(Files.newInputStream(file))) {
      return documents.readAll();
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  /** Files below a directory; none of the module, whose build leaves binary ones. */
  static List<Path> files(Path directory, String ending) {
    Path module = DEPLOY.resolve("flink-lib");
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(file -> file.toString().endsWith(ending) && !file.startsWith(module))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Nested keys as Flink knows them, joined by dots. */
  static Map<String, String> flat(JsonNode tree) {
    Map<String, String> flat = new TreeMap<>();
    flatten("", tree, flat);
    return flat;
  }

  private static void flatten(String prefix, JsonNode tree, Map<String, String> flat) {
    for (Map.Entry<String, JsonNode> field : fields(tree)) {
      String key = prefix + field.getKey();
      if (field.getValue().isObject()) {
        flatten(key + ".", field.getValue(), flat);
      } else {
        flat.put(key, field.getValue().asText());
      }
    }
  }

  static List<Map.Entry<String, JsonNode>> fields(JsonNode node) {
    return List.copyOf(node.properties());
  }

  static ObjectNode ofKind(List<ObjectNode> objects, String kind) {
    List<ObjectNode> found =
        objects.stream().filter(object -> object.path("kind").asText().equals(kind)).toList();
    if (found.size() != 1) {
      throw new IllegalArgumentException(found.size() + " objects of kind " + kind);
    }
    return found.get(0);
  }
}
