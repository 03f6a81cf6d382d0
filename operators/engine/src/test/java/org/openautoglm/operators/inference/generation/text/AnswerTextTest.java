package org.openautoglm.operators.inference.generation.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** With tokens that are single bytes, so that every character is spread over several of them. */
class AnswerTextTest {
  private static final String CHINESE = "深度学习😀是什么？ok";

  @Test
  void holdsCharactersBackUntilTheyAreComplete() {
    int[] tokens = bytes(CHINESE);
    TokenText text = new TokenText(AnswerTextTest::decode);
    StringBuilder together = new StringBuilder();
    for (int count = 1; count <= tokens.length; count++) {
      String piece = text.next(tokens, count);
      assertThat(piece).doesNotContain("\uFFFD");
      together.append(piece);
    }
    assertThat(together).hasToString(CHINESE);
  }

  @Test
  void leavesOutALastCharacterThatIsNotComplete() {
    int[] tokens = bytes(CHINESE);
    AnswerText text = new AnswerText(AnswerTextTest::decode, List.of());
    assertThat(text.finished(tokens, 6)).isEqualTo("深度");
    assertThat(text.finished(tokens, 7)).isEqualTo("深度");
    assertThat(text.finished(tokens, 8)).isEqualTo("深度");
    assertThat(text.finished(tokens, 15)).isEqualTo("深度学习");
    assertThat(text.finished(tokens, 0)).isEmpty();
  }

  @Test
  void stopsInsideOfCharactersBytesAndAtTheFirstOfSeveral() {
    assertThat(stopped(CHINESE, "是什么", "学")).isEqualTo("深度|9");
    assertThat(stopped(CHINESE, "😀")).isEqualTo("深度学习|16");
    assertThat(stopped(CHINESE, "习😀是")).isEqualTo("深度学|19");
    assertThat(stopped(CHINESE, "nothing")).isEqualTo(CHINESE + "|-1");
    assertThat(stopped("aaab", "aab")).isEqualTo("a|4");
    assertThat(stopped("x\n\ny", "\n\n")).isEqualTo("x|3");
  }

  @Test
  void goesOnAfterBytesThatAreNoCharacters() {
    assertThat(stopped(new int[] {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 'e', 'n', 'd', '!'}, "end"))
        .isEqualTo("\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD|9");
  }

  @Test
  void keepsTheSpaceThatATokenizerLeavesOutAtTheStart() {
    // Like SentencePiece: every token is a word with a space before it, but for the first.
    Detokenizer words =
        (tokens, start, end) -> {
          StringBuilder text = new StringBuilder();
          for (int i = start; i < end; i++) {
            text.append(i == start ? "" : " ").append("w").append(tokens[i]);
          }
          return text.toString();
        };
    AnswerText text = new AnswerText(words, List.of("w2 w3"));
    int[] tokens = {1, 2, 3, 4};
    assertThat(text.isStoppedBy(tokens, 1)).isFalse();
    assertThat(text.isStoppedBy(tokens, 2)).isFalse();
    assertThat(text.isStoppedBy(tokens, 3)).isTrue();
    assertThat(text.finished(tokens, 3)).isEqualTo("w1 ");
  }

  @Property(tries = 500)
  void findsWhatASearchInTheWholeTextFinds(@ForAll long seed) {
    Random random = new Random(seed);
    StringBuilder whole = new StringBuilder();
    String[] alphabet = {"a", "b", "度", "😀", "é"};
    for (int i = 0; i < 40; i++) {
      whole.append(alphabet[random.nextInt(alphabet.length)]);
    }
    String stop =
        alphabet[random.nextInt(5)] + alphabet[random.nextInt(5)] + alphabet[random.nextInt(5)];
    int at = whole.indexOf(stop);
    String expected = at < 0 ? whole.toString() : whole.substring(0, at);
    assertThat(stopped(whole.toString(), stop)).startsWith(expected + "|");
  }

  @Test
  void refusesEmptyStopStrings() {
    assertThatThrownBy(() -> new AnswerText(AnswerTextTest::decode, List.of("")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** The text and after which token it stopped. */
  private static String stopped(String whole, String... stops) {
    return stopped(bytes(whole), stops);
  }

  private static String stopped(int[] tokens, String... stops) {
    AnswerText text = new AnswerText(AnswerTextTest::decode, List.of(stops));
    for (int count = 1; count <= tokens.length; count++) {
      if (text.isStoppedBy(tokens, count)) {
        return text.finished(tokens, count) + "|" + count;
      }
    }
    return text.finished(tokens, tokens.length) + "|-1";
  }

  private static int[] bytes(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int[] tokens = new int[bytes.length];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = bytes[i] & 0xFF;
    }
    return tokens;
  }

  private static String decode(int[] tokens, int start, int end) {
    byte[] bytes = new byte[end - start];
    for (int i = start; i < end; i++) {
      bytes[i - start] = (byte) tokens[i];
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
