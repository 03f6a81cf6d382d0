package org.openautoglm.operators.inference.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.TaskType;

/**
 * What the versions of one model have in common while a job runs, by name: how rows are made, since
 * rows made before a change run after it, and what kind of answers clients get. Weights, and how a
 * decoder ends its texts, are a version's own.
 *
 * @param parts what each part is, in words that are equal where the parts are
 */
public record ModelContract(Map<String, String> parts) {

  public ModelContract {
    parts = Map.copyOf(parts);
  }

  /**
   * Reads what a directory promises.
   *
   * @throws ModelLoadException when a file of it cannot be read
   */
  public static ModelContract of(ModelDirectory directory, TaskType task)
      throws ModelLoadException {
    Path root = directory.root();
    Problems problems = new Problems();
    Map<String, String> parts = new TreeMap<>();
    try {
      parts.put("tokenizer.json", FileDigests.sha256(directory.tokenizer()));
    } catch (IOException e) {
      throw new ModelLoadException(directory.tokenizer() + " cannot be read: " + e.getMessage(), e);
    }
    switch (task) {
      case EMBEDDING -> {
        parts.put("limits", directory.limits().toString());
        parts.put("pad_token_id", Integer.toString(directory.padTokenId()));
        parts.put("pooling", directory.head().map(Objects::toString).orElse("none stated"));
        parts.put(
            "hidden_size",
            JsonFile.read(root, "config.json", problems).path("hidden_size").toString());
      }
      case CLASSIFICATION -> {
        parts.put("limits", directory.limits().toString());
        parts.put("pad_token_id", Integer.toString(directory.padTokenId()));
        parts.put("id2label", directory.labels().toString());
        parts.put("scores", directory.scores().map(Objects::toString).orElse("none stated"));
      }
      case TEXT_GENERATION -> {
        parts.put("positions", Integer.toString(DecoderConfig.read(root, problems).positions()));
        ChatFiles chat = ChatFiles.read(root, problems);
        parts.put("chat template", chat.template().orElse("none"));
        parts.put("special tokens", new TreeMap<>(chat.specialTokens()).toString());
      }
    }
    problems.throwIfAny(root.toString());
    return new ModelContract(parts);
  }

  /** The names of the parts that another version has different, in order. */
  public List<String> differences(ModelContract other) {
    List<String> names = new ArrayList<>();
    new TreeMap<>(parts)
        .forEach(
            (name, part) -> {
              if (!part.equals(other.parts.get(name))) {
                names.add(name);
              }
            });
    return names;
  }
}
