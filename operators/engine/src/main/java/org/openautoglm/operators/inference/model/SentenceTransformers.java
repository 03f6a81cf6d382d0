package org.openautoglm.operators.inference.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.openautoglm.operators.inference.EncoderSpec.Pooling;
import org.openautoglm.operators.inference.model.ModelDirectory.EmbeddingHead;

/**
 * Reads {@code modules.json} and {@code 1_Pooling/config.json}: what sentence-transformers does to
 * the token vectors of its model.
 */
final class SentenceTransformers {
  private static final String MODULES = "modules.json";

  private SentenceTransformers() {}

  /** The head, or nothing where there is no {@code modules.json}. */
  static Optional<EmbeddingHead> head(Path root, Problems problems) {
    JsonNode modules = JsonFile.read(root, MODULES, problems);
    if (modules.isMissingNode()) {
      return Optional.empty();
    }
    Optional<Pooling> pooling = Optional.empty();
    boolean normalize = false;
    for (JsonNode module : modules) {
      String type = module.path("type").asText();
      switch (type.substring(type.lastIndexOf('.') + 1)) {
        case "Transformer" -> {}
        case "Pooling" -> pooling = pooling(root, module.path("path").asText(), problems);
        case "Normalize" -> normalize = true;
        default ->
            problems.add(
                MODULES,
                "has the module " + type + ", which is not supported",
                "export the graph with this module inside, as the output sentence_embedding, and"
                    + " take it out of "
                    + MODULES);
      }
    }
    boolean normalized = normalize;
    return pooling.map(kind -> new EmbeddingHead(kind, normalized));
  }

  private static Optional<Pooling> pooling(Path root, String path, Problems problems) {
    String file = path.isEmpty() ? "config.json" : path + "/config.json";
    JsonNode config = JsonFile.read(root, file, problems);
    if (config.isMissingNode()) {
      if (problems.isEmpty()) {
        problems.add(file, "is missing, but " + MODULES + " names it", "fetch it");
      }
      return Optional.empty();
    }
    List<String> modes = new ArrayList<>();
    config
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (name.startsWith("pooling_mode_") && config.path(name).asBoolean()) {
                modes.add(name);
              }
            });
    if (modes.equals(List.of("pooling_mode_cls_token"))) {
      return Optional.of(Pooling.CLS);
    }
    if (modes.equals(List.of("pooling_mode_mean_tokens"))) {
      return Optional.of(Pooling.MEAN);
    }
    problems.add(
        file,
        "asks for the pooling "
            + modes
            + ", but only pooling_mode_cls_token or"
            + " pooling_mode_mean_tokens are supported",
        "export the graph with its pooling inside, as the output sentence_embedding");
    return Optional.empty();
  }
}
