package org.openautoglm.operators.conversion.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.openautoglm.operators.conversion.encoder.EncoderHead.Classes;
import org.openautoglm.operators.conversion.encoder.EncoderHead.Embedding;
import org.openautoglm.operators.conversion.encoder.EncoderHead.Pooling;
import org.openautoglm.operators.conversion.encoder.EncoderHead.Scores;
import org.openautoglm.operators.conversion.graph.OnnxFile;
import org.openautoglm.operators.conversion.graph.OnnxFormatException;
import org.openautoglm.operators.conversion.graph.Op;
import org.openautoglm.operators.conversion.graph.Progress;

/** Small exports whose answers are computed plainly. */
class EncoderConversionTest {
  private static final List<long[]> ROWS =
      List.of(new long[] {3, 1, 7, 4}, new long[] {19, 2}, new long[] {5, 5, 0});

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource(EncoderWeights.class)
  void meanOfTheRowsOwnTokens(EncoderWeights weights) throws Exception {
    TinyEncoder tiny = new TinyEncoder().product();
    Path source = tiny.writeVectors(directory.resolve("source.onnx"));
    assertEmbeddings(tiny, source, new Embedding(Pooling.MEAN, false), weights);
  }

  @ParameterizedTest
  @EnumSource(EncoderWeights.class)
  void firstTokenScaledToLengthOne(EncoderWeights weights) throws Exception {
    TinyEncoder tiny = new TinyEncoder().product();
    Path source = tiny.writeVectors(directory.resolve("source.onnx"));
    assertEmbeddings(tiny, source, new Embedding(Pooling.CLS, true), weights);
  }

  @ParameterizedTest
  @EnumSource(EncoderWeights.class)
  void dynamicallyQuantisedGroups(EncoderWeights weights) throws Exception {
    TinyEncoder tiny = new TinyEncoder().dynamicProduct();
    Path source = tiny.writeVectors(directory.resolve("source.onnx"));
    assertEmbeddings(tiny, source, new Embedding(Pooling.MEAN, true), weights);
    assertThat(OnnxFile.open(directory.resolve("target.onnx")).graph().getNodeList())
        .extracting(node -> node.getOpType())
        .doesNotContain("DynamicQuantizeLinear", "MatMulInteger");
  }

  private void assertEmbeddings(
      TinyEncoder tiny, Path source, Embedding head, EncoderWeights weights) throws Exception {
    Path target = directory.resolve("target.onnx");
    EncoderConversion.convert(
        source, target, head, weights, Map.of("autoglm.source_digest", "d1"), Progress.SILENT);
    assertThat(OnnxFile.open(target).model().getMetadataPropsList())
        .extracting(StringStringEntryProto::getKey, StringStringEntryProto::getValue)
        .map(Object::toString)
        .hasSize(weights == EncoderWeights.ROWWISE_INT8 ? 6 : 5)
        .anySatisfy(entry -> assertThat(entry).contains("autoglm.weights", weights.label()));
    try (EncoderRuns runs = new EncoderRuns(target, "sentence_embedding")) {
      float[][] answers = runs.run(ROWS, 3);
      for (int row = 0; row < ROWS.size(); row++) {
        double[] expected = pooled(tiny, ROWS.get(row), head);
        double tolerance = weights == EncoderWeights.FP32 ? 1e-5 : 0.03;
        double length =
            head.normalize() ? 1 : Math.sqrt(Arrays.stream(expected).map(x -> x * x).sum());
        for (int i = 0; i < expected.length; i++) {
          assertThat((double) answers[row][i]).isCloseTo(expected[i], within(tolerance * length));
        }
      }
    }
  }

  private static double[] pooled(TinyEncoder tiny, long[] row, Embedding head) {
    double[] sum = new double[TinyEncoder.WIDTH];
    int tokens = head.pooling() == Pooling.CLS ? 1 : row.length;
    for (int token = 0; token < tokens; token++) {
      double[] vector = tiny.vector(row[token]);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += vector[i] / tokens;
      }
    }
    double length = Math.sqrt(Arrays.stream(sum).map(x -> x * x).sum());
    return head.normalize() ? Arrays.stream(sum).map(x -> x / length).toArray() : sum;
  }

  @ParameterizedTest
  @EnumSource(Scores.class)
  void probabilitiesOfClasses(Scores scores) throws Exception {
    TinyEncoder tiny = new TinyEncoder().product();
    Path source = tiny.writeScores(directory.resolve("source.onnx"));
    Path target = directory.resolve("target.onnx");
    EncoderConversion.convert(
        source, target, new Classes(scores), EncoderWeights.FP32, Map.of(), Progress.SILENT);
    try (EncoderRuns runs = new EncoderRuns(target, "probabilities")) {
      float[][] answers = runs.run(ROWS, 0);
      for (int row = 0; row < ROWS.size(); row++) {
        double[] raw = tiny.scores(ROWS.get(row)[0]);
        double sum = Arrays.stream(raw).map(Math::exp).sum();
        for (int i = 0; i < raw.length; i++) {
          double expected =
              switch (scores) {
                case LOGITS -> Math.exp(raw[i]) / sum;
                case INDEPENDENT_LOGITS -> 1 / (1 + Math.exp(-raw[i]));
                case LOG_PROBABILITIES -> Math.min(1, Math.exp(raw[i]));
                case PROBABILITIES -> raw[i];
              };
          assertThat((double) answers[row][i]).isCloseTo(expected, within(1e-5));
        }
      }
    }
  }

  @Test
  void namesTheFirstOperatorThatIsNotUnderstood() throws Exception {
    Path source =
        new TinyEncoder()
            .then(Op.of("Softsign").named("layer.0/gate"))
            .then(Op.of("HardSwish"))
            .writeVectors(directory.resolve("source.onnx"));
    Path target = directory.resolve("target.onnx");
    assertThatThrownBy(() -> convert(source, target))
        .isInstanceOf(UnsupportedGraphException.class)
        .hasMessageStartingWith(
            source
                + " has the operator Softsign (node layer.0/gate), which conversion does not"
                + " understand; ");
    assertThat(target).doesNotExist();
  }

  @Test
  void outputsThatAreNamedAlready() throws Exception {
    TinyEncoder tiny = new TinyEncoder().product();
    Path source = tiny.writeVectors(directory.resolve("source.onnx"), "sentence_embedding");
    assertEmbeddings(tiny, source, new Embedding(Pooling.CLS, false), EncoderWeights.FP32);
  }

  @Test
  void namesOutputsWhereNoneFits() throws Exception {
    Path source = new TinyEncoder().product().writeVectors(directory.resolve("source.onnx"));
    Path target = directory.resolve("target.onnx");
    assertThatThrownBy(
            () ->
                EncoderConversion.convert(
                    source,
                    target,
                    new Classes(Scores.LOGITS),
                    EncoderWeights.FP32,
                    Map.of(),
                    Progress.SILENT))
        .isInstanceOf(UnsupportedGraphException.class)
        .hasMessageContaining("has none of the outputs [logits] among [last_hidden_state]");
  }

  @ParameterizedTest
  @CsvSource({"0.0", "0.3", "0.9", "0.99"})
  void refusesCutOffFiles(double share) throws Exception {
    Path source = new TinyEncoder().product().writeVectors(directory.resolve("source.onnx"));
    byte[] bytes = Files.readAllBytes(source);
    Files.write(source, Arrays.copyOf(bytes, (int) (bytes.length * share)));
    Path target = directory.resolve("target.onnx");
    assertThatThrownBy(() -> convert(source, target))
        .isInstanceOf(OnnxFormatException.class)
        .hasMessageStartingWith(source.toString());
    assertThat(target).doesNotExist();
  }

  private static void convert(Path source, Path target) throws Exception {
    EncoderConversion.convert(
        source,
        target,
        new Embedding(Pooling.MEAN, true),
        EncoderWeights.ROWWISE_INT8,
        Map.of(),
        Progress.SILENT);
  }
}
