package org.openautoglm.operators.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openautoglm.operators.inference.EncoderSpec.Pooling;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.model.ModelDirectory.EmbeddingHead;
import org.openautoglm.operators.inference.model.ModelDirectory.Limits;
import org.openautoglm.operators.inference.model.ModelDirectory.Scores;
import org.openautoglm.operators.testing.TestModels;

class ModelDirectoryTest {
  @TempDir private Path root;

  @BeforeEach
  void writeModel() throws IOException {
    new TinyModel().write(root);
  }

  @Test
  void readsWhatTheHubExports() throws Exception {
    ModelDirectory bge = ModelDirectory.open(TestModels.bgeSmallZh().toString());
    assertThat(bge.graph()).hasFileName("model.onnx");
    assertThat(bge.limits()).isEqualTo(new Limits(512, 512));
    assertThat(bge.head()).contains(new EmbeddingHead(Pooling.CLS, true));
    ModelDirectory miniLm = ModelDirectory.open(TestModels.allMiniLm().toString());
    assertThat(miniLm.limits()).isEqualTo(new Limits(256, 512));
    assertThat(miniLm.head()).contains(new EmbeddingHead(Pooling.MEAN, true));
  }

  @Test
  void readsClassesScoresAndVersion() throws Exception {
    assertThat(open().labels()).containsExactly("one", "other");
    assertThat(open().version()).isEqualTo("tiny-1");
    assertThat(open().scores()).isEmpty();
    write("config.json", "{\"joint_output\": \"log_probabilities\"}");
    assertThat(open().scores()).contains(Scores.LOG_PROBABILITIES);
    write("config.json", "{\"problem_type\": \"multi_label_classification\"}");
    assertThat(open().scores()).contains(Scores.INDEPENDENT_LOGITS);
    assertThat(open().labels()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    // sentence_bert, model_max_length, positions, model type, stated, available
    "0, 1e30, 64, bert, 64, 64",
    "0, 512, 0, bert, 512, 0",
    "256, 512, 512, bert, 256, 512",
    "1024, 512, 512, bert, 512, 512",
    "0, 1000000000000000019884624838656, 514, roberta, 512, 512",
    "0, 0, 0, bert, 0, 0",
  })
  void findsTheLimitInItsManyPlaces(
      int sentenceBert,
      String modelMaxLength,
      int positions,
      String type,
      int stated,
      int available)
      throws Exception {
    write("sentence_bert_config.json", "{\"max_seq_length\": " + sentenceBert + "}");
    write("tokenizer_config.json", "{\"model_max_length\": " + modelMaxLength + "}");
    write(
        "config.json",
        "{\"model_type\": \"%s\", \"pad_token_id\": 1, \"max_position_embeddings\": %d}"
            .formatted(type, positions));
    assertThat(open().limits()).isEqualTo(new Limits(stated, available));
  }

  @Test
  void prefersTheMostExactGraph() throws Exception {
    Files.move(root.resolve("model.onnx"), root.resolve("something.onnx"));
    assertThat(open().graph()).hasFileName("something.onnx");
    for (String name :
        new String[] {
          "onnx/model_quantized.onnx",
          "onnx/model_fp16.onnx",
          "model_optimized.onnx",
          "onnx/model.onnx",
          "model.onnx"
        }) {
      write(name, "graph");
      assertThat(open().graph()).isEqualTo(root.resolve(name));
    }
  }

  @Test
  void refusesToGuessBetweenGraphs() throws Exception {
    Files.move(root.resolve("model.onnx"), root.resolve("a.onnx"));
    write("b.onnx", "graph");
    assertThatThrownBy(this::open)
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll("a.onnx", "b.onnx", "rename");
  }

  @Test
  void tellsEverythingThatIsWrongAtOnce() throws Exception {
    Files.delete(root.resolve("model.onnx"));
    Files.delete(root.resolve("tokenizer.json"));
    write("config.json", "{\"id2label\": {\"0\": \"a\", \"7\": \"b\"}}");
    write("tokenizer_config.json", "{oops");
    write("1_Pooling/config.json", "{\"pooling_mode_max_tokens\": true}");
    assertThatThrownBy(this::open)
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll(
            root.toString(),
            "- model.onnx is missing",
            "- tokenizer.json is missing",
            "- config.json has no text for class 1",
            "- tokenizer_config.json is not JSON (line 1",
            "- 1_Pooling/config.json asks for the pooling [pooling_mode_max_tokens]");
  }

  @Test
  void tellsOfModulesItDoesNotKnow() throws Exception {
    write("modules.json", "[{\"type\": \"sentence_transformers.models.Dense\", \"path\": \"d\"}]");
    assertThatThrownBy(this::open).hasMessageContaining("sentence_transformers.models.Dense");
  }

  @Test
  void leavesPoolingOpenWithoutModules() throws Exception {
    Files.delete(root.resolve("modules.json"));
    assertThat(open().head()).isEqualTo(Optional.empty());
  }

  @Test
  void refusesADirectoryThatIsNotThere() {
    assertThatThrownBy(() -> ModelDirectory.open(root.resolve("nowhere").toString()))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll("nowhere", "path");
    assertThatThrownBy(() -> ModelDirectory.open("nosuchscheme://host/model"))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("plugin");
  }

  @Test
  void opensFileUris() throws Exception {
    assertThat(ModelDirectory.open(root.toUri().toString()).root()).isEqualTo(root);
  }

  @Test
  void comparesFilesWithTheirChecksums() throws Exception {
    String digest = open().digest();
    write("SHA256SUMS", digest + "  model.onnx\n" + "0".repeat(64) + "  not-here.bin\n");
    assertThat(open().digest()).isEqualTo(digest);
    write("SHA256SUMS", "0".repeat(64) + " *model.onnx\nnonsense\n");
    assertThatThrownBy(this::open)
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll("model.onnx is not the file", digest, "line 2");
  }

  @Test
  void seesThatAModelChanged() throws Exception {
    String digest = open().digest();
    write("model.onnx", "another, longer than the one before ".repeat(100));
    assertThat(open().digest()).isNotEqualTo(digest);
  }

  @ParameterizedTest
  @CsvSource({
    "model.onnx_data, true",
    "model.onnx.data, true",
    "model.data, true",
    "model_fp16.onnx, false",
    "model.safetensors, false",
    "pytorch_model.bin, false",
  })
  void knowsTheWeightsBesideAGraph(String file, boolean weights) {
    assertThat(GraphFile.isExternalData(file, "model.onnx")).isEqualTo(weights);
    assertThat(Stream.of("onnx/" + file))
        .allMatch(path -> GraphFile.isExternalData(path, "onnx/model.onnx") == weights);
  }

  private ModelDirectory open() throws ModelLoadException {
    return ModelDirectory.open(root.toString());
  }

  private void write(String name, String content) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }
}
