package org.openautoglm.operators.conversion.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * BERT's tokenizer, written from its rules and sharing no code with the product: clean the text,
 * set Chinese characters apart, lower-case and strip accents, split at white space and punctuation,
 * then match greedily the longest piece of the vocabulary.
 */
public final class WordPieces {
  private static final int WORD_MAX_CHARACTERS = 100;

  private final Map<String, Integer> vocabulary = new HashMap<>();
  private final boolean lowerCase;

  public WordPieces(Path tokenizerJson) throws IOException {
    JsonNode json = new ObjectMapper().readTree(tokenizerJson.toFile());
    json.path("model")
        .path("vocab")
        .properties()
        .forEach(piece -> vocabulary.put(piece.getKey(), piece.getValue().asInt()));
    this.lowerCase = json.path("normalizer").path("lowercase").asBoolean();
  }

  /** The ids of a text's pieces between [CLS] and [SEP]. */
  public long[] encode(String text, int limit) {
    List<Integer> ids = new ArrayList<>();
    ids.add(vocabulary.get("[CLS]"));
    for (String word : words(normalized(text))) {
      pieces(word, ids);
    }
    List<Integer> kept = ids.subList(0, Math.min(ids.size(), limit - 1));
    long[] tokens = new long[kept.size() + 1];
    for (int i = 0; i < kept.size(); i++) {
      tokens[i] = kept.get(i);
    }
    tokens[kept.size()] = vocabulary.get("[SEP]");
    return tokens;
  }

  private String normalized(String text) {
    StringBuilder clean = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (isWhiteSpace(c)) {
                clean.append(' ');
              } else if (isChinese(c)) {
                clean.append(' ').appendCodePoint(c).append(' ');
              } else if (c != 0xFFFD && !isControl(c)) {
                clean.appendCodePoint(c);
              }
            });
    if (!lowerCase) {
      return clean.toString();
    }
    StringBuilder bare = new StringBuilder();
    Normalizer.normalize(clean, Normalizer.Form.NFD)
        .codePoints()
        .filter(c -> Character.getType(c) != Character.NON_SPACING_MARK)
        .forEach(bare::appendCodePoint);
    return bare.toString().toLowerCase(Locale.ROOT);
  }

  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (isWhiteSpace(c) || isPunctuation(c)) {
                if (!word.isEmpty()) {
                  words.add(word.toString());
                  word.setLength(0);
                }
                if (isPunctuation(c)) {
                  words.add(Character.toString(c));
                }
              } else {
                word.appendCodePoint(c);
              }
            });
    if (!word.isEmpty()) {
      words.add(word.toString());
    }
    return words;
  }

  private void pieces(String word, List<Integer> ids) {
    int[] letters = word.codePoints().toArray();
    List<Integer> found = new ArrayList<>();
    int start = 0;
    while (start < letters.length && letters.length <= WORD_MAX_CHARACTERS) {
      int end = letters.length;
      while (end > start && !vocabulary.containsKey(piece(letters, start, end))) {
        end--;
      }
      if (end == start) {
        break;
      }
      found.add(vocabulary.get(piece(letters, start, end)));
      start = end;
    }
    if (start == letters.length) {
      ids.addAll(found);
    } else {
      ids.add(vocabulary.get("[UNK]"));
    }
  }

  private static String piece(int[] letters, int start, int end) {
    return (start > 0 ? "##" : "") + new String(letters, start, end - start);
  }

  private static boolean isWhiteSpace(int c) {
    return c == '\t' || c == '\n' || c == '\r' || Character.isSpaceChar(c);
  }

  private static boolean isControl(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL, Character.FORMAT, Character.PRIVATE_USE, Character.SURROGATE -> true;
      default -> false;
    };
  }

  private static boolean isChinese(int c) {
    return (c >= 0x4E00 && c <= 0x9FFF)
        || (c >= 0x3400 && c <= 0x4DBF)
        || (c >= 0x20000 && c <= 0x2A6DF)
        || (c >= 0x2A700 && c <= 0x2B73F)
        || (c >= 0x2B740 && c <= 0x2B81F)
        || (c >= 0x2B820 && c <= 0x2CEAF)
        || (c >= 0xF900 && c <= 0xFAFF)
        || (c >= 0x2F800 && c <= 0x2FA1F);
  }

  private static boolean isPunctuation(int c) {
    boolean ascii =
        (c >= 33 && c <= 47)
            || (c >= 58 && c <= 64)
            || (c >= 91 && c <= 96)
            || (c >= 123 && c <= 126);
    return ascii
        || switch (Character.getType(c)) {
          case Character.CONNECTOR_PUNCTUATION,
              Character.DASH_PUNCTUATION,
              Character.START_PUNCTUATION,
              Character.END_PUNCTUATION,
              Character.INITIAL_QUOTE_PUNCTUATION,
              Character.FINAL_QUOTE_PUNCTUATION,
              Character.OTHER_PUNCTUATION ->
              true;
          default -> false;
        };
  }
}
