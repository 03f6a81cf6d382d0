package org.openautoglm.operators.inference.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.model.ModelDirectory.Limits;
import org.openautoglm.operators.inference.model.ModelDirectory.Scores;

/** Reads a local directory and gathers everything that is wrong with it. */
final class ModelDirectoryReader {
  /** Tokenizers that know no limit write a number like 1e30. */
  private static final long NO_LIMIT = 10_000_000;

  /** Their first positions are taken by padding, so that a row may have fewer tokens. */
  private static final Set<String> PADDED_POSITIONS =
      Set.of("roberta", "xlm-roberta", "camembert", "mpnet");

  private final String location;
  private final Path root;
  private final Problems problems = new Problems();

  /** The files with weights beside the graph, in order. */
  private final List<Path> beside = new ArrayList<>();

  /**
   * @param location the directory as it was configured, for messages
   * @param root where it lies
   */
  ModelDirectoryReader(String location, Path root) {
    this.location = location;
    this.root = root;
  }

  ModelDirectory read() throws ModelLoadException {
    Checksums.verify(root, problems);
    Path graph = graph();
    Path tokenizer = required("tokenizer.json", "a fast tokenizer's save_pretrained() writes it");
    required("config.json", "a model's save_pretrained() writes it");
    JsonNode config = JsonFile.read(root, "config.json", problems);
    JsonNode tokenizerConfig = JsonFile.read(root, "tokenizer_config.json", problems);
    ModelDirectory directory =
        new ModelDirectory(
            root,
            graph,
            tokenizer,
            version(config),
            digest(graph),
            limits(config, tokenizerConfig),
            labels(config),
            scores(config),
            SentenceTransformers.head(root, problems),
            config.path("pad_token_id").asInt(0));
    problems.throwIfAny(location);
    return directory;
  }

  private Path graph() {
    try (Stream<Path> found =
        Files.find(root, 2, (path, attributes) -> !attributes.isDirectory())) {
      Set<String> names =
          found
              .map(path -> root.relativize(path).toString().replace('\\', '/'))
              .collect(Collectors.toSet());
      Optional<String> chosen = GraphFile.choose(names, problems);
      Path graph = chosen.map(root::resolve).orElse(root);
      chosen.ifPresent(
          name ->
              names.stream()
                  .filter(file -> GraphFile.isExternalData(file, name))
                  .sorted()
                  .map(root::resolve)
                  .forEach(beside::add));
      if (!graph.equals(root) && Files.size(graph) == 0) {
        problems.add(root.relativize(graph).toString(), "is empty", "fetch it again");
      }
      return graph;
    } catch (IOException e) {
      problems.add(".", "cannot be listed (" + e.getMessage() + ")", "check its permissions");
      return root;
    }
  }

  private Path required(String name, String mend) {
    Path file = root.resolve(name);
    if (!Files.isRegularFile(file)) {
      problems.add(name, "is missing", mend);
    }
    return file;
  }

  private String digest(Path graph) {
    if (!Files.isRegularFile(graph)) {
      return "";
    }
    try {
      if (beside.isEmpty()) {
        return FileDigests.sha256(graph);
      }
      StringBuilder all = new StringBuilder(FileDigests.sha256(graph));
      for (Path file : beside) {
        all.append('\n').append(root.relativize(file)).append(' ').append(FileDigests.sha256(file));
      }
      byte[] bytes = all.toString().getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(FileDigests.newSha256().digest(bytes));
    } catch (IOException e) {
      problems.add(graph.toString(), "cannot be read (" + e + ")", "check its permissions");
      return "";
    }
  }

  private static String version(JsonNode config) {
    return Stream.of("version", "_commit_hash")
        .map(name -> config.path(name).asText(""))
        .filter(text -> !text.isBlank())
        .findFirst()
        .orElse("");
  }

  private Limits limits(JsonNode config, JsonNode tokenizerConfig) {
    int positions = limit(config.path("max_position_embeddings"));
    if (PADDED_POSITIONS.contains(config.path("model_type").asText())) {
      positions = Math.max(0, positions - config.path("pad_token_id").asInt(1) - 1);
    }
    JsonNode sentenceBert = JsonFile.read(root, "sentence_bert_config.json", problems);
    int stated = limit(sentenceBert.path("max_seq_length"));
    if (stated == 0) {
      stated = limit(tokenizerConfig.path("model_max_length"));
    }
    if (stated == 0 || (positions > 0 && positions < stated)) {
      stated = positions;
    }
    return new Limits(stated, positions);
  }

  private static int limit(JsonNode node) {
    double value = node.asDouble(0);
    return value >= 1 && value < NO_LIMIT ? (int) value : 0;
  }

  private List<String> labels(JsonNode config) {
    JsonNode names = config.path("id2label");
    List<String> labels = new ArrayList<>();
    for (int id = 0; id < names.size(); id++) {
      JsonNode name = names.path(Integer.toString(id));
      if (!name.isTextual()) {
        problems.add(
            "config.json",
            "has no text for class " + id + " of " + names.size() + " in id2label",
            "number the classes from 0 and give each a name");
        return List.of();
      }
      labels.add(name.asText());
    }
    return labels;
  }

  private static Optional<Scores> scores(JsonNode config) {
    if (config.path("joint_output").asText().equals("log_probabilities")) {
      return Optional.of(Scores.LOG_PROBABILITIES);
    }
    if (config.path("problem_type").asText().equals("multi_label_classification")) {
      return Optional.of(Scores.INDEPENDENT_LOGITS);
    }
    return Optional.empty();
  }
}
