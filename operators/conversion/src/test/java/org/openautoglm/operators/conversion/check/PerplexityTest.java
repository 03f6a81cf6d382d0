package org.openautoglm.operators.conversion.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.conversion.check.GraphRuntime.TextEncoder;

class PerplexityTest {

  @Test
  void aModelThatKnowsNothingHasItsVocabularyAsPerplexity() throws Exception {
    Perplexity perplexity = Perplexity.of(new Indifferent(50), List.of(new int[700]), 50);
    assertThat(perplexity.value()).isCloseTo(50, within(1e-6));
    // 512 and 188 tokens, the first of each window unforeseen.
    assertThat(perplexity.tokens()).isEqualTo(698);
  }

  @Test
  void probabilitiesAreThoseOfASoftmax() {
    float[] logits = {0, 0, 0, 1, 2, 3};
    double sum = Math.exp(1) + Math.exp(2) + Math.exp(3);
    assertThat(Perplexity.logProbability(logits, 3, 3, 1))
        .isCloseTo(2 - Math.log(sum), within(1e-12));
  }

  @Test
  void largeVocabulariesAreReadInShorterWindows() throws Exception {
    Indifferent model = new Indifferent(200_000);
    Perplexity perplexity = Perplexity.of(model, List.of(new int[90]), 200_000);
    assertThat(model.longest).isBetween(32, 90);
    assertThat(perplexity.value()).isCloseTo(200_000, within(1.0));
  }

  @Test
  void textsAreMarkedAsTheTemplateMarksThem() throws Exception {
    assertThat(ChatMarkup.of("{{ '<|im_start|>' + message.role }}").prompt("问"))
        .isEqualTo("<|im_start|>user\n问<|im_end|>\n<|im_start|>assistant\n");
    assertThat(ChatMarkup.of("[gMASK]<sop>{% for m in messages %}<|assistant|>"))
        .isEqualTo(ChatMarkup.GLM_4);
    assertThat(ChatMarkup.of("{{ bos }}[INST]{{ m }}")).isEqualTo(ChatMarkup.MISTRAL);
    assertThat(ChatMarkup.of("")).isEqualTo(ChatMarkup.NONE);

    CheckTexts texts = CheckTexts.of(new CodePoints(), "<|im_start|>", Optional.empty());
    assertThat(texts.prompts()).hasSize(16);
    assertThat(texts.prompts().stream().map(prompt -> prompt.length).distinct().count())
        .isGreaterThan(8);
    assertThat(texts.texts()).hasSameSizeAs(Dialogues.ALL);
    assertThat(new String(texts.texts().get(0), 0, texts.texts().get(0).length))
        .startsWith("<|im_start|>user\n请介绍一下人工智能。<|im_end|>\n<|im_start|>assistant\n人工智能")
        .endsWith("<|im_end|>");
  }

  /** Gives every token the same chance. */
  private static final class Indifferent implements CausalModel {
    private final int vocabulary;
    private int longest;

    Indifferent(int vocabulary) {
      this.vocabulary = vocabulary;
    }

    @Override
    public float[] score(int[] tokens) {
      longest = Math.max(longest, tokens.length);
      return new float[tokens.length * vocabulary];
    }

    @Override
    public int[][] greedy(List<int[]> prompts, int tokens, LogitWatcher watcher) {
      return new int[prompts.size()][tokens];
    }

    @Override
    public List<LayerCache> caches(int[] tokens) {
      return List.of();
    }

    @Override
    public void close() {}
  }

  private static final class CodePoints implements TextEncoder {
    @Override
    public int[] encode(String text, boolean special) {
      return text.codePoints().toArray();
    }

    @Override
    public void close() {}
  }
}
