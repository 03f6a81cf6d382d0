package org.openautoglm.operators.inference.auto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.operators.inference.DevicePreference;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.model.TinyDecoder;
import org.openautoglm.operators.inference.model.TinyDecoder.Form;
import org.openautoglm.operators.inference.model.TinyDecoderWeights;
import org.openautoglm.operators.inference.model.TinyModel;
import org.openautoglm.operators.testing.TestModels;
import org.openautoglm.schemas.wire.Label;

class AutoModelsTest {
  private static final LoadOptions CPU = LoadOptions.standard().withDevice(DevicePreference.CPU);

  @TempDir private Path directory;

  @Test
  void generatesTheSameTextAloneAndAmongOthers() throws Exception {
    new TinyDecoder(TinyDecoderWeights.TINY, Form.SHARED).write(directory);
    List<String> prompts = List.of("w5 w6 w7", "w9", "w3 w3 w8 w20 w41", "w70 w71");
    GenerateOptions sampled =
        GenerateOptions.greedy().withMaxNewTokens(9).withSampling(1.5f, 0, 0.95f).withSeed(7);
    try (var model = AutoModelForTextGeneration.fromPretrained(directory, CPU)) {
      List<GeneratedText> together = model.generate(prompts, sampled);
      for (int i = 0; i < prompts.size(); i++) {
        assertThat(model.generate(prompts.get(i), sampled)).isEqualTo(together.get(i));
      }
      assertThat(together.get(2).promptTokens()).isEqualTo(5);
      assertThat(together).anySatisfy(text -> assertThat(text.completionTokens()).isEqualTo(9));
    }
  }

  @Test
  void refusesAnAnswerThatDoesNotFit() throws Exception {
    new TinyDecoder(TinyDecoderWeights.TINY, Form.CANONICAL).write(directory);
    try (var model = AutoModelForTextGeneration.fromPretrained(directory, CPU)) {
      GenerateOptions tooLong = GenerateOptions.greedy().withMaxNewTokens(63);
      assertThatThrownBy(() -> model.generate("w1 w2", tooLong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("2 tokens", "63 more", "64");
      assertThat(model.generate("w1 w2", tooLong.withMaxNewTokens(62)).promptTokens()).isEqualTo(2);
    }
  }

  @Test
  void embedsTextsInTheirOrder() throws Exception {
    try (var model = AutoModelForEmbedding.fromPretrained(TestModels.bgeSmallZh(), CPU)) {
      List<float[]> vectors =
          model.embed(List.of("深度学习是机器学习的一个分支，它用多层神经网络学习。", "今天天气很好", "深度学习是什么？"));
      assertThat(vectors).allSatisfy(vector -> assertThat(vector).hasSize(512));
      assertThat(dot(vectors.get(0), vectors.get(0))).isCloseTo(1, within(1e-4));
      assertThat(dot(vectors.get(0), vectors.get(2)))
          .isGreaterThan(dot(vectors.get(1), vectors.get(2)));
      assertThat(model.embed(List.of())).isEmpty();
    }
  }

  @Test
  void classifiesTexts() throws Exception {
    new TinyModel().perRow("logits").write(directory);
    try (var model = AutoModelForClassification.fromPretrained(directory, CPU)) {
      List<List<Label>> labels = model.classify(List.of("w7 w7", "w0"));
      assertThat(labels).hasSize(2);
      assertThat(labels.get(0).get(0).getLabel()).isEqualTo("other");
    }
  }

  @Test
  void saysThatThereIsNoDirectory() {
    Path nowhere = directory.resolve("nowhere");
    assertThatThrownBy(() -> AutoModelForTextGeneration.fromPretrained(nowhere, CPU))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("no model directory " + nowhere);
  }

  @Test
  void worksWithoutFlink() throws Exception {
    new TinyDecoder(TinyDecoderWeights.TINY, Form.CANONICAL).write(directory);
    String classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(path -> !path.contains("flink"))
            .collect(Collectors.joining(File.pathSeparator));
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath,
                Program.class.getName(),
                directory.toString())
            .redirectErrorStream(true)
            .start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(printed).contains("no Flink here").contains("answer: w");
    assertThat(process.exitValue()).isZero();
  }

  private static double dot(float[] left, float[] right) {
    double dot = 0;
    for (int i = 0; i < left.length; i++) {
      dot += left[i] * right[i];
    }
    return dot;
  }

  /** A user's program. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws Exception {
      try {
        Class.forName("org.apache.flink.core.fs.Path");
      } catch (ClassNotFoundException e) {
        System.out.println("no Flink here");
      }
      try (var model = AutoModelForTextGeneration.fromPretrained(Path.of(args[0]), CPU)) {
        System.out.println(
            "answer: "
                + model.generate("w5 w6", GenerateOptions.greedy().withMaxNewTokens(3)).text());
      }
    }
  }
}
