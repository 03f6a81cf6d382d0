package org.openautoglm.operators.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.inference.EncoderSpec.Pooling;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.inference.model.ModelDirectory.EmbeddingHead;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.Parameters;

class EmbeddingAnswersTest {
  /** Two rows of three positions, two wide; the second row has one token of its own. */
  private static final RawOutput RAW =
      new RawOutput(new float[] {3, 4, 5, 6, 1, 2, 0, 8, 9, 9, 9, 9}, 3, 2);

  @Test
  void leavesPaddingOutOfTheMean() throws Exception {
    assertThat(read(Pooling.MEAN, false, 0, 3)).containsExactly(3f, 4f);
    assertThat(read(Pooling.MEAN, false, 1, 1)).containsExactly(0f, 8f);
  }

  @Test
  void takesTheFirstVectorAndScalesItToLengthOne() throws Exception {
    assertThat(read(Pooling.CLS, false, 0, 3)).containsExactly(3f, 4f);
    assertThat(read(Pooling.CLS, true, 0, 3)).containsExactly(0.6f, 0.8f);
  }

  @Test
  void leavesAZeroVectorAsItIs() throws Exception {
    RawOutput zero = new RawOutput(new float[2], 1, 2);
    assertThat(head(Pooling.CLS, true).read(zero, 0, 1).getEmbeddingList()).containsExactly(0f, 0f);
  }

  @Test
  void refusesNumbersThatAreNotFinite() {
    for (float wrong : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      RawOutput raw = new RawOutput(new float[] {1, wrong}, 1, 2);
      assertThatThrownBy(() -> head(Pooling.MEAN, true).read(raw, 0, 1))
          .isInstanceOf(NonFiniteOutputException.class);
    }
  }

  @Test
  void comparesDirections() {
    Output base = output(1, 0);
    assertThat(head(Pooling.CLS, true).same(base, output(5, 0.01f))).isTrue();
    assertThat(head(Pooling.CLS, true).same(base, output(1, 0.02f))).isFalse();
  }

  private static Output output(float x, float y) {
    return Output.newBuilder().addEmbedding(x).addEmbedding(y).build();
  }

  private static List<Float> read(Pooling pooling, boolean normalize, int row, int tokens)
      throws NonFiniteOutputException {
    return head(pooling, normalize).read(RAW, row, tokens).getEmbeddingList();
  }

  private static EmbeddingAnswers head(Pooling pooling, boolean normalize) {
    return new EmbeddingAnswers(new EmbeddingHead(pooling, normalize));
  }

  /** Two engines of one model, on all texts in one batch each. */
  static void assertSameAnswers(
      RowPreparer preparer, InferenceEngine left, InferenceEngine right, List<String> texts)
      throws Exception {
    List<EngineRow> rows = new ArrayList<>();
    for (String text : texts) {
      rows.add(new EngineRow(preparer.prepare(text), Parameters.getDefaultInstance(), 0));
    }
    Output[] expected = new Output[rows.size()];
    left.run(rows, (position, output) -> expected[position] = output);
    right.run(
        rows,
        (position, output) -> {
          double dot = 0;
          for (int i = 0; i < output.getEmbeddingCount(); i++) {
            dot += output.getEmbedding(i) * expected[position].getEmbedding(i);
          }
          assertThat(dot).as("%s", texts.get(position)).isCloseTo(1, within(1e-4));
        });
  }
}
