package org.openautoglm.operators.conversion;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.openautoglm.operators.conversion.decoder.DecoderConversion;
import org.openautoglm.operators.conversion.weights.WeightFiles;

/** What there is in a model's directory. */
final class SourceFiles {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private SourceFiles() {}

  /**
   * Whether it holds a decoder: one of a known family, or something else that generates text, which
   * is then refused with the families that are known.
   */
  static boolean isDecoder(Path source) throws IOException {
    if (DecoderConversion.isDecoder(source)) {
      return true;
    }
    for (JsonNode architecture : json(source, "config.json").path("architectures")) {
      if (architecture.asText().endsWith("ForCausalLM")
          || architecture.asText().endsWith("ForConditionalGeneration")) {
        return true;
      }
    }
    return false;
  }

  static boolean hasSafetensors(Path source) throws IOException {
    try (Stream<Path> files = Files.list(source)) {
      return files.anyMatch(file -> file.toString().endsWith(".safetensors"));
    }
  }

  /** The ONNX export of the directory. */
  static Optional<Path> graph(Path source) throws IOException {
    return WeightFiles.graph(source);
  }

  /** The files that hold weights, by name. */
  static SortedMap<String, Path> weights(Path source) throws IOException {
    SortedMap<String, Path> files = new TreeMap<>();
    try (Stream<Path> found = Files.list(source)) {
      for (Path file : (Iterable<Path>) found::iterator) {
        String name = file.getFileName().toString();
        if (name.endsWith(".safetensors") || name.endsWith(".safetensors.index.json")) {
          files.put(name, file);
        }
      }
    }
    Optional<Path> graph = graph(source);
    if (graph.isPresent()) {
      for (var file : Work.graphFiles(graph.get()).entrySet()) {
        String name = source.relativize(file.getValue()).toString().replace('\\', '/');
        files.put(name, file.getValue());
      }
    }
    if (files.isEmpty()) {
      throw new ConversionException(
          source
              + " has no weights: neither *.safetensors nor an ONNX export (model.onnx,"
              + " onnx/model.onnx); fetch them, or save the model as safetensors with"
              + " save_pretrained()");
    }
    return files;
  }

  /** Where a model's chat template stands, whole; empty where it has none. */
  static String chatTemplate(Path source) throws IOException {
    Path file = source.resolve("chat_template.jinja");
    if (Files.isRegularFile(file)) {
      return Files.readString(file);
    }
    JsonNode template = json(source, "tokenizer_config.json").path("chat_template");
    return template.isTextual() ? template.asText() : template.toString();
  }

  /** A JSON file; a missing node where there is no such file. */
  static JsonNode json(Path source, String name) throws IOException {
    Path file = source.resolve(name);
    if (!Files.isRegularFile(file)) {
      return MissingNode.getInstance();
    }
    try {
      return MAPPER.readTree(file.toFile());
    } catch (JsonProcessingException e) {
      throw new ConversionException(
          file + " is not JSON (" + e.getOriginalMessage() + "); fetch it again", e);
    }
  }
}
