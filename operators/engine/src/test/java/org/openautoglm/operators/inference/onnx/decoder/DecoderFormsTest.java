package org.openautoglm.operators.inference.onnx.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.openautoglm.operators.inference.generation.Decoder;
import org.openautoglm.operators.inference.generation.PromptChunk;
import org.openautoglm.operators.inference.model.ReferenceDecoder;
import org.openautoglm.operators.inference.model.TinyDecoder;
import org.openautoglm.operators.inference.model.TinyDecoder.Form;
import org.openautoglm.operators.inference.model.TinyDecoderWeights;

class DecoderFormsTest {
  private static final TinyDecoderWeights WEIGHTS = TinyDecoderWeights.TINY;
  private static final int TOKENS = 16;

  @TempDir Path directory;

  static Stream<Arguments> forms() {
    return Stream.of(Form.values())
        .flatMap(
            form ->
                form == Form.UNCACHED
                    ? Stream.of(Arguments.of(form, false))
                    : Stream.of(Arguments.of(form, false), Arguments.of(form, true)));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void givesTheReferencesLogits(Form form, boolean half) throws Exception {
    ReferenceDecoder reference = new ReferenceDecoder(WEIGHTS);
    int[] prompt = TinyDecoderModel.prompts(WEIGHTS.vocabulary(), 1, 9).get(0);
    try (TinyDecoderModel model =
            new TinyDecoderModel(new TinyDecoder(WEIGHTS, form, half, false), directory);
        Decoder decoder = model.decoder(2, 32)) {
      int[] text = reference.greedy(prompt, 4);
      var logits = decoder.prefill(List.of(new PromptChunk(1, prompt, 0, prompt.length)));
      int[] all = prompt;
      for (int token : text) {
        float[] expected = reference.logits(all);
        for (int i = 0; i < expected.length; i++) {
          assertThat(logits.get(i)).isCloseTo(expected[i], within(half ? 0.05f : 1e-3f));
        }
        logits = decoder.step(1, new int[] {1}, new int[] {token});
        all = Arrays.copyOf(all, all.length + 1);
        all[all.length - 1] = token;
      }
    }
  }

  @ParameterizedTest
  @MethodSource("forms")
  void answersTheSameInAnyCompany(Form form, boolean half) throws Exception {
    List<int[]> prompts = TinyDecoderModel.prompts(WEIGHTS.vocabulary(), 12, 3);
    try (TinyDecoderModel model =
        new TinyDecoderModel(new TinyDecoder(WEIGHTS, form, half, false), directory)) {
      assertThat(model.model().maxIndependentRows()).isEqualTo(Integer.MAX_VALUE);
      try (Decoder decoder = model.decoder(12, 40)) {
        List<String> alone = Company.words(Company.alone(decoder, prompts, TOKENS));
        assertThat(Company.words(Company.together(decoder, prompts, TOKENS))).isEqualTo(alone);
        for (long seed = 0; seed < 4; seed++) {
          assertThat(Company.words(Company.atRandom(decoder, prompts, TOKENS, seed)))
              .isEqualTo(alone);
        }
      }
      try (Decoder few = model.decoder(3, 40)) {
        assertThat(Company.words(Company.atRandom(few, prompts, TOKENS, 9)))
            .isEqualTo(Company.words(Company.alone(few, prompts, TOKENS)));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void decodesOneRowAtATimeWhereNeighboursMatter(Form form) throws Exception {
    try (TinyDecoderModel model =
        new TinyDecoderModel(new TinyDecoder(WEIGHTS, form, false, true), directory)) {
      assertThat(model.model().maxIndependentRows()).isEqualTo(1);
      assertThat(model.model().slotsMax(40)).isEqualTo(1);
    }
  }

  @Test
  void fillsASlotToItsLastToken() throws Exception {
    int[] prompt = TinyDecoderModel.prompts(WEIGHTS.vocabulary(), 1, 6).get(0);
    for (Form form : Form.values()) {
      try (TinyDecoderModel model =
              new TinyDecoderModel(new TinyDecoder(WEIGHTS, form), directory.resolve("" + form));
          Decoder decoder = model.decoder(2, 8)) {
        decoder.prefill(List.of(new PromptChunk(0, prompt, 0, 6)));
        decoder.prefill(List.of(new PromptChunk(1, prompt, 0, 3)));
        decoder.step(1, new int[] {0}, new int[] {5});
        decoder.step(1, new int[] {0}, new int[] {6});
        var logits = decoder.step(1, new int[] {1}, new int[] {7});
        float[] expected =
            new ReferenceDecoder(WEIGHTS).logits(new int[] {prompt[0], prompt[1], prompt[2], 7});
        assertThat(logits.get(3)).as("%s", form).isCloseTo(expected[3], within(1e-3f));
      }
    }
  }
}
