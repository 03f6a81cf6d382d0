package org.openautoglm.operators.conversion.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The safetensors files of a directory: {@code model.safetensors}, or the shards that {@code
 * model.safetensors.index.json} lists.
 */
public final class Safetensors implements WeightSource {
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";
  private static final int SHARDS_MAX = 1000;

  private final Map<String, SafetensorsFile> shards = new TreeMap<>();
  private final Map<String, SafetensorsFile> weights = new TreeMap<>();
  private final String description;

  /** Whether a directory has such files. */
  public static boolean in(Path directory) {
    return Files.isRegularFile(directory.resolve(SINGLE))
        || Files.isRegularFile(directory.resolve(INDEX));
  }

  /**
   * Opens a directory's files, the index before the single file.
   *
   * @throws CheckpointException when a file is missing, damaged, or outside the directory
   */
  public static Safetensors open(Path directory) throws IOException {
    Safetensors opened = new Safetensors(Files.exists(directory.resolve(INDEX)) ? INDEX : SINGLE);
    if (opened.description.equals(INDEX)) {
      opened.readIndex(directory);
    } else {
      SafetensorsFile file = opened.shard(directory, SINGLE);
      file.names().forEach(name -> opened.weights.put(name, file));
    }
    return opened;
  }

  private Safetensors(String description) {
    this.description = description;
  }

  private void readIndex(Path directory) throws IOException {
    JsonNode index;
    try {
      index = new ObjectMapper().readTree(directory.resolve(INDEX).toFile());
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          INDEX + " is not JSON (" + e.getOriginalMessage() + "); download it again", e);
    }
    JsonNode map = index.path("weight_map");
    if (!map.isObject() || map.isEmpty()) {
      throw new CheckpointException(INDEX + " has no weight_map; download it again");
    }
    for (Map.Entry<String, JsonNode> field : map.properties()) {
      SafetensorsFile shard = shard(directory, field.getValue().asText());
      if (!shard.names().contains(field.getKey())) {
        throw new CheckpointException(
            INDEX
                + " says that "
                + field.getKey()
                + " is in "
                + shard.description()
                + ", which lacks it; download both again");
      }
      weights.put(field.getKey(), shard);
    }
  }

  private SafetensorsFile shard(Path directory, String name) throws IOException {
    SafetensorsFile known = shards.get(name);
    if (known != null) {
      return known;
    }
    Path file = inside(directory, name);
    if (!Files.isRegularFile(file)) {
      throw new CheckpointException(
          name + " is missing; download it beside " + description + " again");
    }
    if (shards.size() == SHARDS_MAX) {
      throw new CheckpointException(INDEX + " names more than " + SHARDS_MAX + " files");
    }
    SafetensorsFile opened = SafetensorsFile.open(file);
    shards.put(name, opened);
    return opened;
  }

  /** Names of shards come from strangers: none may lead elsewhere. */
  private static Path inside(Path directory, String name) throws CheckpointException {
    try {
      Path root = directory.toAbsolutePath().normalize();
      Path file = root.resolve(name).normalize();
      if (!name.isBlank() && file.startsWith(root) && !file.equals(root)) {
        return file;
      }
    } catch (InvalidPathException e) {
      // No name of a file at all: refused with the others.
    }
    throw new CheckpointException(
        INDEX + " names the file \"" + name + "\", which is not in the directory; do not use it");
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public boolean ofGraph() {
    return false;
  }

  @Override
  public Set<String> names() {
    return weights.keySet();
  }

  @Override
  public Optional<Weight> find(String name) throws IOException {
    SafetensorsFile file = weights.get(name);
    return file == null ? Optional.empty() : file.find(name);
  }
}
