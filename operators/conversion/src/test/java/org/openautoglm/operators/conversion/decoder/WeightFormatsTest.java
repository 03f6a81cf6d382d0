package org.openautoglm.operators.conversion.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openautoglm.operators.conversion.decoder.SafetensorsWriter.Values;
import org.openautoglm.operators.conversion.graph.OnnxFile;
import org.openautoglm.operators.conversion.graph.Progress;
import org.openautoglm.operators.conversion.testing.DecoderRun;

/** The same small model in every format of weights, from every type that checkpoints have. */
class WeightFormatsTest {
  private static final String CONFIG =
      """
      {"model_type": "qwen2", "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2,
       "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 97,
       "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "tie_word_embeddings": %b}""";
  private static final int[] TEXT = {3, 17, 90, 41, 5, 66, 2, 38, 71, 12, 54, 8, 29};
  private static final int[] OTHER = {44, 9, 81, 23, 60};
  private static final int CAPACITY = 32;

  @TempDir Path folder;

  /**
   * Activations are rounded too, to 8 bits, so that only the direction of the scores is compared.
   */
  @ParameterizedTest
  @CsvSource({
    "INT8_BLOCKS, 8, 0.9995",
    "INT8_ROWS, 8, 0.9995",
    "INT4, 4, 0.9995",
    "FP16, 0, 0.999999"
  })
  void agreesWithTheReferenceOnRoundedWeights(WeightFormat format, int bits, double cosineMin)
      throws Exception {
    JsonNode config = new ObjectMapper().readTree(CONFIG.formatted(false));
    Map<String, Values> weights = RandomCheckpoint.of(config, 7);
    Path graph = convert(format, false, weights);
    if (bits > 0) {
      weights.replaceAll(
          (name, values) ->
              format == WeightFormat.INT8_ROWS ? byRows(values) : inBlocks(values, bits));
    }
    double[][] expected = new ReferenceDecoder(config, weights).logits(TEXT);
    float[][][] scores;
    try (DecoderRun run = new DecoderRun(graph, 1, CAPACITY)) {
      scores = run.prefill(new int[][] {TEXT});
    }
    for (int position = 0; position < TEXT.length; position++) {
      assertThat(cosine(scores[0][position], expected[position])).isGreaterThan(cosineMin);
    }
    Map<String, String> metadata = new LinkedHashMap<>();
    OnnxFile.open(graph)
        .model()
        .getMetadataPropsList()
        .forEach(entry -> metadata.put(entry.getKey(), entry.getValue()));
    assertThat(metadata)
        .containsEntry("autoglm.graph", "decoder-1")
        .containsEntry("autoglm.weights", format.label())
        .containsEntry("autoglm.max_positions", "64")
        .containsEntry("autoglm.source_digest", "abc");
  }

  @ParameterizedTest
  @EnumSource
  void aTiedTableIsStoredOnceAndAnswersLikeTwo(WeightFormat format) throws Exception {
    JsonNode config = new ObjectMapper().readTree(CONFIG.formatted(true));
    Map<String, Values> weights = RandomCheckpoint.of(config, 7);
    Path tied = convert(format, true, weights);
    weights.put("lm_head.weight", weights.get("model.embed_tokens.weight"));
    Path untied = convert(format, false, weights);

    assertThat(Files.size(tied)).isLessThan(Files.size(untied));
    try (DecoderRun one = new DecoderRun(tied, 1, CAPACITY);
        DecoderRun two = new DecoderRun(untied, 1, CAPACITY)) {
      assertThat(one.prefill(new int[][] {TEXT})).isDeepEqualTo(two.prefill(new int[][] {TEXT}));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"INT8_BLOCKS", "INT8_ROWS"})
  void rowsInInt8AnswerTheSameAloneAndInCompany(WeightFormat format) throws Exception {
    JsonNode config = new ObjectMapper().readTree(CONFIG.formatted(true));
    Path graph = convert(format, true, RandomCheckpoint.of(config, 7));
    int[] next = {11, 80, 30};
    try (DecoderRun together = new DecoderRun(graph, 3, CAPACITY);
        DecoderRun alone = new DecoderRun(graph, 1, CAPACITY)) {
      float[][][] scores = together.prefill(new int[][] {OTHER, TEXT, OTHER});
      float[][] stepped = together.step(next);
      assertThat(alone.prefill(new int[][] {TEXT})[0]).isEqualTo(scores[1]);
      assertThat(alone.step(new int[] {next[1]})[0]).isEqualTo(stepped[1]);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"F16", "BF16"})
  void checkpointsOfSixteenBitsAreReadExactly(String type) throws Exception {
    JsonNode config = new ObjectMapper().readTree(CONFIG.formatted(false));
    Map<String, Values> weights = RandomCheckpoint.of(config, 7);
    Map<String, Values> rounded = new LinkedHashMap<>();
    weights.forEach((name, values) -> rounded.put(name, values.rounded(type)));

    Path source = source(false);
    SafetensorsWriter.writeShards(source, weights, type, 3);
    Path fromType = convert(source, WeightFormat.FP32);
    Path fromFloats = convert(WeightFormat.FP32, false, rounded);
    assertThat(fromType).hasSameBinaryContentAs(fromFloats);
  }

  private Path convert(WeightFormat format, boolean tied, Map<String, Values> weights)
      throws Exception {
    Path source = source(tied);
    SafetensorsWriter.write(source, weights, "F32");
    return convert(source, format);
  }

  private Path source(boolean tied) throws Exception {
    Path source = Files.createTempDirectory(folder, "source");
    Files.writeString(source.resolve("config.json"), CONFIG.formatted(tied));
    return source;
  }

  private Path convert(Path source, WeightFormat format) throws Exception {
    Path target = Files.createTempDirectory(folder, "target");
    DecoderConversion.convert(
        source, target, format, Map.of("autoglm.source_digest", "abc"), Progress.SILENT);
    return target.resolve(DecoderConversion.GRAPH);
  }

  /** What is left of a matrix when 32 neighbours share a scale; vectors stay as they are. */
  private static Values inBlocks(Values values, int bits) {
    if (values.shape().length == 1) {
      return values;
    }
    float[] rounded = new float[values.numbers().length];
    int most = bits == 8 ? 127 : 7;
    for (int block = 0; block < rounded.length; block += 32) {
      float largest = 0;
      for (int i = block; i < block + 32; i++) {
        largest = Math.max(largest, Math.abs(values.numbers()[i]));
      }
      for (int i = block; i < block + 32; i++) {
        rounded[i] = Math.round(values.numbers()[i] * most / largest) * largest / most;
      }
    }
    return new Values(values.shape(), rounded);
  }

  /** The same with one scale for each output. */
  private static Values byRows(Values values) {
    if (values.shape().length == 1) {
      return values;
    }
    float[] rounded = new float[values.numbers().length];
    int width = (int) values.shape()[1];
    for (int row = 0; row < rounded.length; row += width) {
      float largest = 0;
      for (int i = row; i < row + width; i++) {
        largest = Math.max(largest, Math.abs(values.numbers()[i]));
      }
      for (int i = row; i < row + width; i++) {
        rounded[i] = (float) Math.rint(values.numbers()[i] / (largest / 127)) * (largest / 127);
      }
    }
    return new Values(values.shape(), rounded);
  }

  static double cosine(float[] a, double[] b) {
    double product = 0;
    double squaresA = 0;
    double squaresB = 0;
    for (int i = 0; i < a.length; i++) {
      product += a[i] * b[i];
      squaresA += a[i] * a[i];
      squaresB += b[i] * b[i];
    }
    return product / Math.sqrt(squaresA * squaresB);
  }
}
