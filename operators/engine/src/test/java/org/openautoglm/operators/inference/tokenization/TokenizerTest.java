package org.openautoglm.operators.inference.tokenization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.model.TinyModel;
import org.openautoglm.operators.testing.TestModels;

class TokenizerTest {
  private static final int CLS = 101;
  private static final int SEP = 102;

  @TempDir private Path directory;

  @Test
  void neitherPadsNorCutsWhateverTheFileSays() throws Exception {
    new TinyModel().write(directory);
    try (Tokenizer tokenizer = Tokenizer.open(directory.resolve("tokenizer.json"))) {
      assertThat(tokenizer.encode("w3 w4 w5 w6 w7")).containsExactly(0, 3, 4, 5, 6, 7, 1);
      assertThat(tokenizer.encode("")).containsExactly(0, 1);
    }
  }

  @Test
  void keepsSpecialTokensWhenItCuts() throws Exception {
    try (Tokenizer tokenizer = chinese()) {
      int[] tokens = tokenizer.encode("今天天气很好");
      assertThat(tokens).hasSize(8).startsWith(CLS).endsWith(SEP);
      int[] cut = tokenizer.truncate(tokens, 5);
      assertThat(cut).containsExactly(CLS, tokens[1], tokens[2], tokens[3], SEP);
      assertThat(tokenizer.truncate(tokens, 8)).isSameAs(tokens);
      assertThat(tokenizer.truncate(tokens, 2)).containsExactly(CLS, SEP);
      assertThat(tokenizer.truncate(tokens, 1)).containsExactly(CLS);
    }
  }

  @Test
  void readsAnyString() throws Exception {
    try (Tokenizer tokenizer = chinese()) {
      int[] good = tokenizer.encode("好");
      assertThat(good).hasSize(3);
      assertThat(tokenizer.encode("")).containsExactly(CLS, SEP);
      assertThat(tokenizer.encode("\u0000好\u0000")).isEqualTo(good);
      assertThat(tokenizer.encode("好\uD83D")).isEqualTo(good);
      assertThat(tokenizer.encode("\uDE00好")).isEqualTo(good);
      assertThat(tokenizer.encode("\uDE00\uD83D")).containsExactly(CLS, SEP);
      assertThat(tokenizer.encode("😀")).hasSize(3);
    }
  }

  @Test
  void readsTextsOfAMebibyte() throws Exception {
    try (Tokenizer tokenizer = chinese()) {
      int mebibyte = 1 << 20;
      assertThat(tokenizer.encode("好".repeat(mebibyte / 3))).hasSize(mebibyte / 3 + 2);
      assertThat(tokenizer.encode("a".repeat(mebibyte))).hasSize(3);
      assertThat(tokenizer.encode(" ".repeat(mebibyte))).hasSize(2);
      assertThat(tokenizer.encode("!".repeat(mebibyte))).hasSize(mebibyte + 2);
    }
  }

  @Test
  void isSharedAndFreedWithTheLastWhoHasIt() throws Exception {
    int before = Tokenizer.loaded();
    Tokenizer first = chinese();
    Tokenizer second = chinese();
    assertThat(Tokenizer.loaded()).isEqualTo(before + 1);
    first.close();
    first.close();
    assertThat(second.encode("好")).hasSize(3);
    second.close();
    assertThat(Tokenizer.loaded()).isEqualTo(before);
    assertThatThrownBy(() -> second.encode("好")).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void encodesOnManyThreads() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (Tokenizer tokenizer = chinese()) {
      List<Future<int[]>> encoded = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        String text = "第" + i + "段文字 number " + i;
        encoded.add(threads.submit(() -> tokenizer.encode(text)));
      }
      for (int i = 0; i < encoded.size(); i++) {
        assertThat(encoded.get(i).get()).isEqualTo(tokenizer.encode("第" + i + "段文字 number " + i));
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void refusesFilesThatAreNoTokenizers() throws Exception {
    Path file = Files.writeString(directory.resolve("tokenizer.json"), "{\"model\": 1}");
    assertThatThrownBy(() -> Tokenizer.open(file))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("tokenizer.json");
    assertThatThrownBy(() -> Tokenizer.open(directory.resolve("none.json")))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("none.json");
  }

  private static Tokenizer chinese() throws ModelLoadException {
    return Tokenizer.open(TestModels.bgeSmallZh().resolve("tokenizer.json"));
  }
}
