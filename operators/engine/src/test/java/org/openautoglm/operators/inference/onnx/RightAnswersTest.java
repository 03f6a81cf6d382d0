package org.openautoglm.operators.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.openautoglm.operators.conversion.testing.Corpus;
import org.openautoglm.operators.conversion.testing.PlainModel;
import org.openautoglm.operators.conversion.testing.WordPieces;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.testing.TestModels;
import org.openautoglm.schemas.wire.Label;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.Parameters;

/**
 * The real models' answers, in batches of any size and company, against one row alone in a bare
 * session behind a tokenizer of the test's own.
 */
class RightAnswersTest {
  private static final List<String> TEXTS = Corpus.texts();
  private static final double COSINE_MIN = 0.9999;
  private static final double PROBABILITY_MAX_ERROR = 0.02;

  private final OnnxModelProvider provider = new OnnxModelProvider();

  @Test
  void chineseEmbeddings() throws Exception {
    assertEmbeddings(TestModels.bgeSmallZh(), 512, true);
  }

  @Test
  void englishEmbeddings() throws Exception {
    assertEmbeddings(TestModels.allMiniLm(), 256, false);
  }

  @Test
  void chineseClasses() throws Exception {
    Optional<Path> directory = TestModels.chineseHarm();
    assumeTrue(directory.isPresent(), "npm cannot fetch the classifier");
    ModelSpec spec = TestModels.spec("harm", TaskType.CLASSIFICATION, directory.orElseThrow());
    List<double[]> expected = new ArrayList<>();
    try (PlainModel plain =
        new PlainModel(directory.orElseThrow().resolve("model_optimized.onnx"))) {
      WordPieces pieces = new WordPieces(directory.orElseThrow().resolve("tokenizer.json"));
      for (String text : TEXTS) {
        expected.add(plain.exponentials(pieces.encode(text, 512)));
      }
    }
    List<String> names = List.of("不违规", "普通广告", "黑产广告", "谩骂引战", "低俗色情", "博彩", "欺诈");
    forEachAnswer(
        spec,
        1,
        (row, output) -> {
          assertThat(output.getLabelsList())
              .extracting(Label::getScore)
              .isSortedAccordingTo((a, b) -> Float.compare(b, a));
          Map<String, Float> scores =
              output.getLabelsList().stream()
                  .collect(Collectors.toMap(Label::getLabel, Label::getScore));
          assertThat(scores).hasSize(names.size());
          for (int i = 0; i < names.size(); i++) {
            assertThat((double) scores.get(names.get(i)))
                .as("%s of %s", names.get(i), TEXTS.get(row))
                .isCloseTo(expected.get(row)[i], within(PROBABILITY_MAX_ERROR));
          }
        });
  }

  private void assertEmbeddings(Path directory, int limit, boolean first) throws Exception {
    List<double[]> expected = new ArrayList<>();
    try (PlainModel plain = new PlainModel(directory.resolve("model.onnx"))) {
      WordPieces pieces = new WordPieces(directory.resolve("tokenizer.json"));
      for (String text : TEXTS) {
        expected.add(plain.embedding(pieces.encode(text, limit), first));
      }
    }
    ModelSpec spec = TestModels.spec("embedding", TaskType.EMBEDDING, directory);
    forEachAnswer(
        spec,
        Integer.MAX_VALUE,
        (row, output) ->
            assertThat(cosine(expected.get(row), output))
                .as("%s", TEXTS.get(row))
                .isCloseTo(1, within(1 - COSINE_MIN)));
  }

  /** Runs all texts in several orders and batch sizes, each text in different company. */
  private void forEachAnswer(
      ModelSpec spec, int maxIndependentRows, InferenceEngine.RowSink assertion) throws Exception {
    assertThat(TEXTS).hasSizeGreaterThanOrEqualTo(60);
    try (RowPreparer preparer = provider.preparer(spec);
        EngineLease lease = provider.engines(spec)) {
      InferenceEngine engine = lease.engines().get(0);
      assertThat(engine.maxIndependentRows()).isEqualTo(maxIndependentRows);
      List<EngineRow> rows = new ArrayList<>();
      for (String text : TEXTS) {
        rows.add(new EngineRow(preparer.prepare(text), Parameters.getDefaultInstance(), 0));
      }
      for (int size : maxIndependentRows == 1 ? new int[] {1} : new int[] {1, 3, 8, 32}) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, rows.size()).boxed().toList());
        Collections.shuffle(order, new Random(size));
        for (int start = 0; start < order.size(); start += size) {
          List<Integer> batch = order.subList(start, Math.min(order.size(), start + size));
          List<Integer> answered = new ArrayList<>();
          engine.run(
              batch.stream().map(rows::get).toList(),
              (position, output) -> {
                answered.add(position);
                assertion.complete(batch.get(position), output);
              });
          assertThat(answered).hasSize(batch.size()).doesNotHaveDuplicates();
        }
      }
    }
  }

  /** The cosine to a vector of length 1; less where the answer's own length is not 1. */
  private static double cosine(double[] expected, Output output) {
    assertThat(output.getEmbeddingCount()).isEqualTo(expected.length);
    double dot = 0;
    for (int i = 0; i < expected.length; i++) {
      dot += expected[i] * output.getEmbedding(i);
    }
    return dot;
  }
}
