package org.openautoglm.operators.inference.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a directory says about conversations: {@code chat_template.jinja}, or the {@code
 * chat_template} of {@code tokenizer_config.json} or {@code chat_template.json}; and the special
 * tokens that it may call by name.
 *
 * @param file where the template stands, for messages; empty where there is none
 * @param template Jinja, or empty
 * @param specialTokens {@code bos_token} and the like with the tokens' text
 */
public record ChatFiles(String file, Optional<String> template, Map<String, String> specialTokens) {
  private static final String TEMPLATE_FILE = "chat_template.jinja";
  private static final String TOKENIZER_CONFIG = "tokenizer_config.json";
  private static final long TEMPLATE_MAX_BYTES = 1 << 20;
  private static final List<String> SPECIAL_TOKENS =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  public ChatFiles {
    specialTokens = Map.copyOf(specialTokens);
  }

  /** Reads a directory; what cannot be read is a problem. */
  public static ChatFiles read(Path root, Problems problems) {
    JsonNode tokenizer = JsonFile.read(root, TOKENIZER_CONFIG, problems);
    JsonNode more = JsonFile.read(root, "special_tokens_map.json", problems);
    Map<String, String> special = new HashMap<>();
    for (String name : SPECIAL_TOKENS) {
      String token = token(tokenizer.path(name));
      token = token.isEmpty() ? token(more.path(name)) : token;
      if (!token.isEmpty()) {
        special.put(name, token);
      }
    }
    Path file = root.resolve(TEMPLATE_FILE);
    if (Files.isRegularFile(file)) {
      return new ChatFiles(TEMPLATE_FILE, text(file, problems), special);
    }
    for (String name : List.of(TOKENIZER_CONFIG, "chat_template.json")) {
      Optional<String> template =
          template(JsonFile.read(root, name, problems).path("chat_template"));
      if (template.isPresent()) {
        return new ChatFiles(name, template, special);
      }
    }
    return new ChatFiles("", Optional.empty(), special);
  }

  private static String token(JsonNode node) {
    return node.isObject() ? node.path("content").asText("") : node.asText("");
  }

  /** A template, or the one called default among several. */
  private static Optional<String> template(JsonNode node) {
    if (node.isTextual()) {
      return Optional.of(node.asText());
    }
    for (JsonNode each : node) {
      if (each.path("name").asText().equals("default") && each.path("template").isTextual()) {
        return Optional.of(each.path("template").asText());
      }
    }
    return Optional.empty();
  }

  private static Optional<String> text(Path file, Problems problems) {
    try {
      if (Files.size(file) > TEMPLATE_MAX_BYTES) {
        problems.add(TEMPLATE_FILE, "is larger than 1 MiB", "fetch the model's own");
        return Optional.empty();
      }
      return Optional.of(Files.readString(file));
    } catch (IOException e) {
      problems.add(TEMPLATE_FILE, "cannot be read (" + e.getMessage() + ")", "save it as UTF-8");
      return Optional.empty();
    }
  }
}
