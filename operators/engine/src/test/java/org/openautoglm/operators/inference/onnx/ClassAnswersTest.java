package org.openautoglm.operators.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openautoglm.operators.inference.model.ModelDirectory.Scores;
import org.openautoglm.schemas.wire.Label;
import org.openautoglm.schemas.wire.Output;

class ClassAnswersTest {
  private static final List<String> LABELS = List.of("a", "b", "c");

  @Test
  void namesTheLikeliestFirst() throws Exception {
    Output output = read(Scores.PROBABILITIES, 0.2f, 0.7f, 0.1f);
    assertThat(output.getLabelsList()).extracting(Label::getLabel).containsExactly("b", "a", "c");
    assertThat(output.getLabelsList())
        .extracting(Label::getScore)
        .containsExactly(0.7f, 0.2f, 0.1f);
  }

  @Test
  void readsTheSecondRowOfABatch() throws Exception {
    RawOutput raw = new RawOutput(new float[] {9, 9, 9, 0.1f, 0.2f, 0.7f}, 1, 3);
    Output output = new ClassAnswers(LABELS, Scores.PROBABILITIES).read(raw, 1, 4);
    assertThat(output.getLabels(0).getLabel()).isEqualTo("c");
  }

  @Test
  void survivesLargeLogits() throws Exception {
    Output output = read(Scores.LOGITS, 1_000, 1_001, -1_000);
    assertThat(output.getLabels(0).getScore())
        .isCloseTo((float) (1 / (1 + Math.exp(-1))), within(1e-6f));
    assertThat(output.getLabels(2).getScore()).isZero();
  }

  @Test
  void takesIndependentClassesEachByItself() throws Exception {
    Output output = read(Scores.INDEPENDENT_LOGITS, 0, 0, 100);
    assertThat(output.getLabelsList()).extracting(Label::getScore).containsExactly(1f, 0.5f, 0.5f);
  }

  @Test
  void takesExponentialsOfLogProbabilities() throws Exception {
    Output output = read(Scores.LOG_PROBABILITIES, (float) Math.log(0.25), -100, 1e-6f);
    assertThat(output.getLabels(0).getScore()).isEqualTo(1f);
    assertThat(output.getLabels(1).getScore()).isCloseTo(0.25f, within(1e-6f));
  }

  @ParameterizedTest
  @EnumSource(Scores.class)
  void refusesNumbersThatAreNotFinite(Scores scores) {
    assertThatThrownBy(() -> read(scores, 1, Float.NaN, 2))
        .isInstanceOf(NonFiniteOutputException.class);
  }

  @Test
  void comparesProbabilitiesOfTheSameClass() throws Exception {
    ClassAnswers head = new ClassAnswers(LABELS, Scores.PROBABILITIES);
    Output base = read(Scores.PROBABILITIES, 0.4f, 0.4005f, 0.2f);
    assertThat(head.same(base, read(Scores.PROBABILITIES, 0.4005f, 0.4f, 0.2f))).isTrue();
    assertThat(head.same(base, read(Scores.PROBABILITIES, 0.402f, 0.399f, 0.2f))).isFalse();
  }

  private static Output read(Scores scores, float... values) throws NonFiniteOutputException {
    return new ClassAnswers(LABELS, scores).read(new RawOutput(values, 1, values.length), 0, 3);
  }
}
