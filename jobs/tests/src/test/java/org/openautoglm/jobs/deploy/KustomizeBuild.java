package org.openautoglm.jobs.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What Kustomize makes of a directory, as far as ours use it: resources, components, generated
 * ConfigMaps, merged patches, labels, a namespace. Anything else is an error. A generated name ends
 * in {@code -hash}, where Kustomize writes a digest. Where {@code kubectl} is at hand, a test holds
 * this against the real one.
 */
final class KustomizeBuild {
  private static final Set<String> KNOWN =
      Set.of(
          "apiVersion",
          "kind",
          "resources",
          "components",
          "configMapGenerator",
          "configurations",
          "labels",
          "namespace",
          "patches");

  private final List<ObjectNode> objects = new ArrayList<>();
  private final Map<String, ObjectNode> generated = new TreeMap<>();
  private final Map<String, Boolean> hashed = new TreeMap<>();

  private KustomizeBuild() {}

  static List<ObjectNode> build(Path... directories) {
    KustomizeBuild all = new KustomizeBuild();
    for (Path directory : directories) {
      all.add(directory.normalize());
    }
    return all.finish();
  }

  private void add(Path directory) {
    JsonNode file = Manifests.read(directory.resolve("kustomization.yaml"));
    for (Map.Entry<String, JsonNode> field : Manifests.fields(file)) {
      if (!KNOWN.contains(field.getKey())) {
        throw new IllegalArgumentException(directory + ": " + field.getKey() + " is not known");
      }
    }
    file.path("resources").forEach(path -> resource(directory.resolve(path.asText())));
    file.path("configMapGenerator").forEach(generator -> generate(directory, generator));
    file.path("patches").forEach(patch -> patch(directory.resolve(patch.get("path").asText())));
    file.path("components").forEach(path -> add(directory.resolve(path.asText()).normalize()));
    file.path("labels").forEach(labels -> all().forEach(object -> label(object, labels)));
    if (file.has("namespace")) {
      String namespace = file.get("namespace").asText();
      for (ObjectNode object : all()) {
        metadata(object).put("namespace", namespace);
        object.path("subjects").forEach(to -> ((ObjectNode) to).put("namespace", namespace));
      }
    }
  }

  private void resource(Path path) {
    if (Files.isDirectory(path)) {
      add(path.normalize());
    } else {
      Manifests.readAll(path).forEach(document -> objects.add((ObjectNode) document));
    }
  }

  private void generate(Path directory, JsonNode generator) {
    String name = generator.get("name").asText();
    boolean replaces = generator.path("behavior").asText("create").equals("replace");
    if (replaces != generated.containsKey(name)) {
      throw new IllegalArgumentException(directory + ": the wrong behavior for " + name);
    }
    ObjectNode map =
        replaces
            ? generated.get(name)
            : Manifests.YAML.createObjectNode().put("apiVersion", "v1").put("kind", "ConfigMap");
    metadata(map).put("name", name);
    ObjectNode data = map.putObject("data");
    generator
        .path("files")
        .forEach(file -> data.put(file.asText().replaceAll(".*/", ""), text(directory, file)));
    JsonNode options = generator.path("options");
    label(map, Manifests.YAML.createObjectNode().set("pairs", options.path("labels")));
    generated.put(name, map);
    hashed.put(name, !options.path("disableNameSuffixHash").asBoolean(false));
  }

  private static String text(Path directory, JsonNode file) {
    try {
      return Files.readString(directory.resolve(file.asText()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void patch(Path file) {
    for (JsonNode patch : Manifests.readAll(file)) {
      List<ObjectNode> targets =
          objects.stream().filter(object -> identity(object).equals(identity(patch))).toList();
      if (targets.size() != 1) {
        throw new IllegalArgumentException(file + " patches " + targets.size() + " objects");
      }
      merge(targets.get(0), patch);
    }
  }

  private static String identity(JsonNode object) {
    return object.path("apiVersion").asText()
        + "/"
        + object.path("kind").asText()
        + "/"
        + object.path("metadata").path("name").asText();
  }

  /** As for objects whose lists have no keys: a list replaces a list. */
  private static void merge(ObjectNode target, JsonNode patch) {
    for (Map.Entry<String, JsonNode> field : Manifests.fields(patch)) {
      if (target.path(field.getKey()).isObject() && field.getValue().isObject()) {
        merge((ObjectNode) target.get(field.getKey()), field.getValue());
      } else {
        target.set(field.getKey(), field.getValue().deepCopy());
      }
    }
  }

  private List<ObjectNode> all() {
    List<ObjectNode> all = new ArrayList<>(objects);
    all.addAll(generated.values());
    return all;
  }

  private static void label(ObjectNode object, JsonNode labels) {
    for (Map.Entry<String, JsonNode> pair : Manifests.fields(labels.path("pairs"))) {
      metadata(object).withObject("/labels").set(pair.getKey(), pair.getValue());
    }
  }

  private static ObjectNode metadata(ObjectNode object) {
    return object.withObject("/metadata");
  }

  private List<ObjectNode> finish() {
    List<ObjectNode> all = all();
    hashed.forEach(
        (name, isHashed) -> {
          if (isHashed) {
            metadata(generated.get(name)).put("name", name + "-hash");
            objects.forEach(object -> rename(object, name));
          }
        });
    return all;
  }

  private static void rename(ObjectNode deployment, String name) {
    for (JsonNode volume : deployment.at("/spec/podTemplate/spec/volumes")) {
      if (volume.path("configMap").path("name").asText().equals(name)) {
        ((ObjectNode) volume.get("configMap")).put("name", name + "-hash");
      }
    }
  }
}
