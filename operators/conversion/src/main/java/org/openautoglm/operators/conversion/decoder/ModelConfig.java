package org.openautoglm.operators.conversion.decoder;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.openautoglm.operators.conversion.weights.CheckpointException;

/**
 * {@code config.json}, read field by field; what is missing or absurd is an error that names it.
 */
public final class ModelConfig {
  /** Far beyond any model's sizes; what is larger would overflow somewhere. */
  private static final int INTEGER_MAX = 100_000_000;

  private final JsonNode root;
  private final String path;

  private ModelConfig(JsonNode root, String path) {
    this.root = root;
    this.path = path;
  }

  /**
   * Reads the file of a directory.
   *
   * @throws CheckpointException when it is missing or not JSON
   */
  public static ModelConfig read(Path directory) throws IOException {
    Path file = directory.resolve("config.json");
    if (!Files.isRegularFile(file)) {
      throw new CheckpointException(
          "config.json is missing in " + directory + "; a model's save_pretrained() writes it");
    }
    try {
      return new ModelConfig(new ObjectMapper().readTree(file.toFile()), "");
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          "config.json is not JSON (" + e.getOriginalMessage() + "); download it again", e);
    }
  }

  /** Whether a field is there and not null. */
  boolean has(String name) {
    return root.hasNonNull(name);
  }

  /** The object in a field; an empty one where there is none. */
  ModelConfig object(String name) {
    return new ModelConfig(root.path(name), path + name + ".");
  }

  /** A count that must be there, at least 1. */
  int integer(String name) throws CheckpointException {
    if (!has(name)) {
      throw bad(name, "is missing");
    }
    return integer(name, 0);
  }

  /** A count, at least 1 where it is given. */
  int integer(String name, int otherwise) throws CheckpointException {
    if (!has(name)) {
      return otherwise;
    }
    JsonNode value = root.get(name);
    if (!value.isIntegralNumber()
        || !value.canConvertToInt()
        || value.asInt() < 1
        || value.asInt() > INTEGER_MAX) {
      throw bad(name, "is " + value + ", not a count between 1 and " + INTEGER_MAX);
    }
    return value.asInt();
  }

  /** A count that must be there, 0 included. */
  int count(String name) throws CheckpointException {
    JsonNode value = root.path(name);
    return value.isIntegralNumber() && value.asLong() == 0 ? 0 : integer(name);
  }

  /** A number above 0 that must be there. */
  double number(String name) throws CheckpointException {
    if (!has(name)) {
      throw bad(name, "is missing");
    }
    return number(name, 0);
  }

  /** A number above 0 where it is given. */
  double number(String name, double otherwise) throws CheckpointException {
    if (!has(name)) {
      return otherwise;
    }
    JsonNode value = root.get(name);
    if (!value.isNumber() || !(value.asDouble() > 0) || Double.isInfinite(value.asDouble())) {
      throw bad(name, "is " + value + ", not a number above 0");
    }
    return value.asDouble();
  }

  boolean flag(String name, boolean otherwise) throws CheckpointException {
    if (!has(name)) {
      return otherwise;
    }
    if (!root.get(name).isBoolean()) {
      throw bad(name, "is " + root.get(name) + ", not true or false");
    }
    return root.get(name).asBoolean();
  }

  String text(String name, String otherwise) throws CheckpointException {
    if (!has(name)) {
      return otherwise;
    }
    if (!root.get(name).isTextual()) {
      throw bad(name, "is " + root.get(name) + ", not a text");
    }
    return root.get(name).asText();
  }

  List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    root.path(name).forEach(text -> texts.add(text.asText()));
    return texts;
  }

  /** The error that a field is wrong. */
  CheckpointException bad(String name, String problem) {
    return new CheckpointException(
        "config.json: " + path + name + " " + problem + "; check that it is this model's");
  }
}
