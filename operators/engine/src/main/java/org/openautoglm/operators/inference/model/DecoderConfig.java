package org.openautoglm.operators.inference.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What {@code config.json}, {@code generation_config.json} and {@code tokenizer_config.json} say
 * about a decoder, under the names that the model families use.
 *
 * @param positions the longest row in tokens, prompt and answer together; 0: nowhere stated
 * @param vocabulary tokens of the model; 0: nowhere stated
 * @param kvHeads heads of keys and values; 0: nowhere stated
 * @param headWidth numbers of one head; 0: nowhere stated
 * @param endTokens the ids that end a text: those of {@code generation_config.json}, or else of
 *     {@code config.json}; may be empty
 * @param endToken the token that {@code tokenizer_config.json} names as the end, or empty
 * @param maxNewTokens how long answers are unless asked otherwise; 0: nowhere stated
 */
public record DecoderConfig(
    int positions,
    int vocabulary,
    int kvHeads,
    int headWidth,
    Set<Integer> endTokens,
    String endToken,
    int maxNewTokens) {

  private static final List<String> POSITIONS =
      List.of("max_position_embeddings", "n_positions", "seq_length", "max_sequence_length");
  private static final List<String> VOCABULARY = List.of("vocab_size", "padded_vocab_size");
  private static final List<String> HEADS = List.of("num_attention_heads", "n_head", "num_heads");
  private static final List<String> KV_HEADS =
      List.of("num_key_value_heads", "multi_query_group_num", "num_kv_heads");
  private static final List<String> HIDDEN = List.of("hidden_size", "n_embd", "d_model");
  private static final List<String> HEAD_WIDTH = List.of("head_dim", "kv_channels");

  public DecoderConfig {
    endTokens = Set.copyOf(endTokens);
  }

  /** Reads the files of a directory; what is not JSON is a problem. */
  public static DecoderConfig read(Path root, Problems problems) {
    JsonNode config = JsonFile.read(root, "config.json", problems);
    if (config.path("text_config").isObject()) {
      config = config.path("text_config");
    }
    JsonNode generation = JsonFile.read(root, "generation_config.json", problems);
    JsonNode tokenizer = JsonFile.read(root, "tokenizer_config.json", problems);
    int heads = first(config, HEADS);
    int kvHeads = first(config, KV_HEADS);
    int headWidth = first(config, HEAD_WIDTH);
    if (headWidth == 0 && heads > 0) {
      headWidth = first(config, HIDDEN) / heads;
    }
    Set<Integer> end = tokens(generation.path("eos_token_id"));
    JsonNode endToken = tokenizer.path("eos_token");
    return new DecoderConfig(
        first(config, POSITIONS),
        first(config, VOCABULARY),
        kvHeads > 0 ? kvHeads : heads,
        headWidth,
        end.isEmpty() ? tokens(config.path("eos_token_id")) : end,
        endToken.isObject() ? endToken.path("content").asText("") : endToken.asText(""),
        Math.max(0, generation.path("max_new_tokens").asInt(0)));
  }

  private static int first(JsonNode config, List<String> names) {
    return names.stream()
        .mapToInt(name -> config.path(name).asInt(0))
        .filter(value -> value > 0)
        .findFirst()
        .orElse(0);
  }

  private static Set<Integer> tokens(JsonNode node) {
    Set<Integer> tokens = new HashSet<>();
    for (JsonNode id : node.isArray() ? node : List.of(node)) {
      if (id.isIntegralNumber()) {
        tokens.add(id.asInt());
      }
    }
    return tokens;
  }
}
