package org.openautoglm.operators.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.operators.inference.ModelLoadException;

class ConvertedModelsTest {
  @TempDir Path directory;

  private Path source;
  private Path cache;

  @BeforeEach
  void makeSource() throws Exception {
    source = new TinyModel().write(directory.resolve("source"));
    cache = directory.resolve("cache");
    System.setProperty(ModelCache.DIRECTORY_PROPERTY, cache.toString());
  }

  @AfterEach
  void forgetTheCache() {
    System.clearProperty(ModelCache.DIRECTORY_PROPERTY);
  }

  @Test
  void whatWasConvertedIsKeptForWhoeverWantsTheSame() throws Exception {
    Counting wish = new Counting(directory, "int8");
    Path made = ConvertedModels.get("m", source, wish);
    assertThat(made).startsWith(cache.resolve("converted"));
    assertThat(made.resolve("model.onnx")).hasContent("int8");
    assertThat(ConvertedModels.get("n", source, wish)).isEqualTo(made);
    assertThat(wish.conversions()).isEqualTo(1);
    assertThat(ConvertedModels.get("m", source, new Counting(directory, "int4")))
        .isNotEqualTo(made);
    assertThat(wish.conversions()).isEqualTo(2);
  }

  @Test
  void anotherContentIsConvertedAnewAndTheSameOneElsewhereIsNot() throws Exception {
    Counting wish = new Counting(directory, "int8");
    Path made = ConvertedModels.get("m", source, wish);
    Path copy = new TinyModel().write(directory.resolve("copy"));
    assertThat(ConvertedModels.get("m", copy, wish)).isEqualTo(made);
    Files.writeString(copy.resolve("config.json"), "{\"max_position_embeddings\": 63}");
    assertThat(ConvertedModels.get("m", copy, wish)).isNotEqualTo(made);
    assertThat(wish.conversions()).isEqualTo(2);
  }

  @Test
  void failuresNameTheModelAndAreTriedAgain() throws Exception {
    Counting broken =
        new Counting(directory, "int8") {
          @Override
          public void convert(Path from, Path target, Consumer<String> progress)
              throws IOException {
            throw new IOException("layer 3 is wrong");
          }
        };
    assertThatThrownBy(() -> ConvertedModels.get("m", source, broken))
        .isInstanceOf(ModelLoadException.class)
        .hasMessage(
            "model m cannot be converted (int8): layer 3 is wrong\n"
                + "With quantize: false it runs as it is");
    assertThat(ConvertedModels.get("m", source, new Counting(directory, "int8"))).exists();
  }

  @Test
  void processesWaitForTheOneThatConverts() throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      processes.add(
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-D" + ModelCache.DIRECTORY_PROPERTY + "=" + cache,
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Converting.class.getName(),
                  source.toString(),
                  directory.toString())
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("out-" + i).toFile())
              .start());
    }
    for (int i = 0; i < processes.size(); i++) {
      assertThat(processes.get(i).waitFor())
          .as(Files.readString(directory.resolve("out-" + i)))
          .isZero();
    }
    assertThat(new Counting(directory, "int8").conversions()).isEqualTo(1);
    try (Stream<Path> made = Files.list(cache.resolve("converted"))) {
      assertThat(made.filter(Files::isDirectory)).hasSize(1);
    }
  }

  /** What each of the processes does. */
  static final class Converting {
    private Converting() {}

    public static void main(String[] args) throws Exception {
      Path made =
          ConvertedModels.get("m", Path.of(args[0]), new Counting(Path.of(args[1]), "int8"));
      if (!Files.readString(made.resolve("model.onnx")).equals("int8")) {
        throw new IllegalStateException("half a conversion was seen");
      }
    }
  }

  /** Writes one file, and a byte to another for each conversion. */
  private static class Counting implements ConvertedModels.Wish {
    private final Path count;
    private final String key;

    Counting(Path directory, String key) {
      this.count = directory.resolve("conversions");
      this.key = key;
    }

    long conversions() throws IOException {
      return Files.exists(count) ? Files.size(count) : 0;
    }

    @Override
    public String key() {
      return key;
    }

    @Override
    public void convert(Path from, Path target, Consumer<String> progress) throws IOException {
      Files.write(count, new byte[1], StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      Path beside = Files.createTempDirectory(target.getParent(), "unfinished");
      Files.writeString(beside.resolve("model.onnx"), key);
      Files.move(beside, target);
    }
  }
}
