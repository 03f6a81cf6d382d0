package org.openautoglm.operators.conversion.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.conversion.check.ConversionReport.Figure;
import org.openautoglm.operators.conversion.check.DecoderCheck.Result;

class DecoderCheckTest {
  private static final DecoderBar ROUNDED = DecoderBar.ROUNDED;

  @Test
  void theSameModelAgreesInEverything() throws Exception {
    Result result = run(TestingDecoder.right(), TestingDecoder.right(), DecoderBar.EXACT);
    assertThat(numbers(result, "agreement"))
        .containsEntry("prompts_same", 16.0)
        .containsEntry("prompts", 16.0)
        .containsEntry("logit_difference", 0.0);
    assertThat(numbers(result, "batches"))
        .containsEntry("rows_same", 34.0)
        .containsEntry("rows", 34.0)
        .containsEntry("logit_difference", 0.0);
    Figure perplexity = figure(result, "perplexity");
    assertThat(perplexity.converted()).isEqualTo(perplexity.original().orElseThrow());
  }

  @Test
  void withoutAnOriginalCompanyIsStillHeld() throws Exception {
    Result alone = check(DecoderBar.EXACT).run(Optional.empty(), TestingDecoder::right);
    assertThat(figure(alone, "perplexity").original()).isEmpty();
    assertThat(alone.findings()).noneMatch(finding -> finding.name().equals("agreement"));
    assertThatThrownBy(
            () -> check(ROUNDED).run(Optional.empty(), () -> TestingDecoder.dependent(1e-5f)))
        .isInstanceOf(DisagreementException.class)
        .hasMessageContaining("in batches of [2, 3, 5, 8, 16] rows");
  }

  @Test
  void exactWeightsMustGiveTheOriginalsLogitsAndRoundedOnesItsPerplexity() throws Exception {
    assertThatThrownBy(
            () -> run(TestingDecoder.right(), TestingDecoder.off(0.05f), DecoderBar.EXACT))
        .isInstanceOf(DisagreementException.class)
        .hasMessageContaining("logits differ by up to 0.0");
    Result rounded =
        run(TestingDecoder.right(), TestingDecoder.off(0.05f), ROUNDED.withPerplexityMax(0.05));
    assertThat(numbers(rounded, "agreement").get("logit_difference")).isCloseTo(0.05, within(0.01));
    assertThatThrownBy(() -> run(TestingDecoder.right(), TestingDecoder.off(3), ROUNDED))
        .isInstanceOf(DisagreementException.class)
        .hasMessageContaining("perplexity is ")
        .hasMessageContaining("% apart, at most 1.0 %");
  }

  @Test
  void aLogitThatIsNoNumberNeverAgrees() {
    for (DecoderBar bar : List.of(DecoderBar.EXACT, DecoderBar.HALF, ROUNDED)) {
      assertThatThrownBy(() -> run(TestingDecoder.right(), TestingDecoder.off(Float.NaN), bar))
          .isInstanceOf(DisagreementException.class)
          .hasMessageContaining("its logits are not finite");
    }
  }

  @Test
  void roundedWeightsMustNotHearTheirNeighboursAtAll() {
    assertThatThrownBy(() -> run(TestingDecoder.right(), TestingDecoder.dependent(1e-6f), ROUNDED))
        .isInstanceOf(DisagreementException.class)
        .hasMessageContaining("34 of 34 rows have the tokens that they have alone, and logits");
    assertThatThrownBy(
            () -> run(TestingDecoder.right(), TestingDecoder.dependent(3), DecoderBar.EXACT))
        .isInstanceOf(DisagreementException.class)
        .hasMessageContaining("of 34 rows have the tokens that they have alone");
  }

  @Test
  void theErrorNamesWhereTheTwoFirstDiffer() {
    assertPlace(TestingDecoder.wrongFrom(0, 3), "before layer 0's attention: in the embedding");
    assertPlace(TestingDecoder.wrongFrom(2, 3), "in layer 1's attention or MLP, or in layer 2's");
    assertPlace(TestingDecoder.wrongKeysFrom(1, 3), "in layer 1's projection of keys");
    assertPlace(TestingDecoder.off(3), "in layer 2's attention or MLP, the last norm or the head");
  }

  private static void assertPlace(TestingDecoder converted, String place) {
    assertThatThrownBy(() -> run(TestingDecoder.right(), converted, DecoderBar.EXACT))
        .isInstanceOf(DisagreementException.class)
        .hasMessageContaining("\nThey first differ " + place);
  }

  private static Result run(CausalModel original, CausalModel converted, DecoderBar bar)
      throws IOException {
    return check(bar).run(Optional.of(() -> original), () -> converted);
  }

  private static DecoderCheck check(DecoderBar bar) {
    List<int[]> prompts = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      int[] prompt = new int[2 + i];
      for (int j = 0; j < prompt.length; j++) {
        prompt[j] = (i * 7 + j * 3) % TestingDecoder.VOCABULARY;
      }
      prompts.add(prompt);
    }
    return new DecoderCheck(new CheckTexts("test", prompts, prompts), bar, words -> {});
  }

  private static Map<String, Double> numbers(Result result, String name) {
    return result.findings().stream()
        .filter(finding -> finding.name().equals(name))
        .findFirst()
        .orElseThrow()
        .numbers();
  }

  private static Figure figure(Result result, String name) {
    return result.figures().stream()
        .filter(figure -> figure.name().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
