package org.openautoglm.operators.inference.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads one JSON file of a model directory. */
final class JsonFile {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private JsonFile() {}

  /**
   * The file's content; a missing node where there is no such file or where it cannot be read,
   * which is then a problem.
   */
  static JsonNode read(Path root, String name, Problems problems) {
    Path file = root.resolve(name);
    if (!Files.isRegularFile(file)) {
      return MissingNode.getInstance();
    }
    try {
      JsonNode node = MAPPER.readTree(file.toFile());
      return node == null ? MissingNode.getInstance() : node;
    } catch (JsonProcessingException e) {
      problems.add(
          name,
          "is not JSON (" + where(e) + ": " + e.getOriginalMessage() + ")",
          "export the model again, or fetch the file again");
    } catch (IOException e) {
      problems.add(name, "cannot be read (" + e.getMessage() + ")", "check its permissions");
    }
    return MissingNode.getInstance();
  }

  private static String where(JsonProcessingException e) {
    return e.getLocation() == null
        ? "somewhere"
        : "line " + e.getLocation().getLineNr() + ", column " + e.getLocation().getColumnNr();
  }
}
