package org.openautoglm.operators.conversion.check;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.openautoglm.operators.conversion.check.GraphRuntime.TextEncoder;

/**
 * What language models are tried on, as tokens.
 *
 * @param name where the texts come from, for people
 * @param prompts up to where the model answers
 * @param texts to measure perplexity on
 */
public record CheckTexts(String name, List<int[]> prompts, List<int[]> texts) {
  private static final long FILE_BYTES_MAX = 16 << 20;

  /** Tokens of a user's text that are looked at. */
  private static final int TOKENS_MAX = 8_192;

  public CheckTexts {
    prompts = List.copyOf(prompts);
    texts = List.copyOf(texts);
  }

  /**
   * Makes the texts of a model.
   *
   * @param template its chat template, or what holds it; empty where it has none
   * @param file a text in UTF-8 to measure perplexity on, instead of the built-in one
   * @throws IOException when the file cannot be read, is no UTF-8, too large or too short
   */
  public static CheckTexts of(TextEncoder tokenizer, String template, Optional<Path> file)
      throws IOException {
    ChatMarkup markup = ChatMarkup.of(template);
    boolean special = markup.wantsSpecialTokens();
    List<int[]> prompts = new ArrayList<>();
    for (String question : Dialogues.questions()) {
      prompts.add(tokens(tokenizer, markup.prompt(question), special));
    }
    if (file.isPresent()) {
      int[] tokens = tokens(tokenizer, read(file.get()), true);
      int[] used = tokens.length > TOKENS_MAX ? Arrays.copyOf(tokens, TOKENS_MAX) : tokens;
      return new CheckTexts(file.get().toString(), prompts, List.of(used));
    }
    List<int[]> texts = new ArrayList<>();
    for (Dialogues.Turn turn : Dialogues.ALL) {
      texts.add(tokens(tokenizer, markup.text(turn), special));
    }
    return new CheckTexts("built-in dialogues", prompts, texts);
  }

  /**
   * Rows for an encoder: the questions, the answers and longer texts of both.
   *
   * @param tokensMax longer rows are cut
   */
  public static List<int[]> rows(TextEncoder tokenizer, int tokensMax) throws IOException {
    List<String> texts = new ArrayList<>(Dialogues.questions());
    for (int i = 0; i < Dialogues.ALL.size(); i++) {
      Dialogues.Turn turn = Dialogues.ALL.get(i);
      Dialogues.Turn next = Dialogues.ALL.get((i + 1) % Dialogues.ALL.size());
      texts.add(turn.answer());
      texts.add(turn.question() + turn.answer() + next.question() + next.answer());
    }
    List<int[]> rows = new ArrayList<>();
    for (String text : texts) {
      int[] row = tokens(tokenizer, text, true);
      rows.add(row.length > tokensMax ? Arrays.copyOf(row, tokensMax) : row);
    }
    return rows;
  }

  private static int[] tokens(TextEncoder tokenizer, String text, boolean special)
      throws IOException {
    int[] tokens = tokenizer.encode(text, special);
    if (tokens.length < 2) {
      throw new IOException(
          "the tokenizer makes "
              + tokens.length
              + " tokens of a text of "
              + text.length()
              + " characters; a text to measure on needs two, and a model its own tokenizer");
    }
    return tokens;
  }

  private static String read(Path file) throws IOException {
    long bytes = Files.size(file);
    if (bytes > FILE_BYTES_MAX) {
      throw new IOException(file + " has " + bytes + " bytes; give a text of at most 16 MiB");
    }
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (CharacterCodingException e) {
      throw new IOException(file + " is not UTF-8; convert it, or give another text", e);
    }
  }
}
