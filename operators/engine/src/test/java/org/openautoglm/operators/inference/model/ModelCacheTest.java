package org.openautoglm.operators.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.operators.inference.ModelLoadException;

class ModelCacheTest {
  @TempDir private Path remote;
  @TempDir private Path cache;

  @BeforeEach
  void writeModel() throws IOException {
    System.setProperty(ModelCache.DIRECTORY_PROPERTY, cache.toString());
    new TinyModel().write(remote);
    Files.writeString(remote.resolve("pytorch_model.bin"), "not for us");
    Files.writeString(remote.resolve("model_quantized.onnx"), "nor this");
    Files.writeString(remote.resolve("model.onnx_data"), "weights");
  }

  @AfterEach
  void forgetTheCache() {
    System.clearProperty(ModelCache.DIRECTORY_PROPERTY);
  }

  @Test
  void copiesWhatTheModelNeedsAndOnlyOnce() throws Exception {
    ModelDirectory first = open();
    assertThat(first.root()).startsWith(cache);
    assertThat(first.version()).isEqualTo("tiny-1");
    assertThat(names(first.root()))
        .contains("model.onnx", "model.onnx_data", "tokenizer.json", "1_Pooling")
        .doesNotContain("pytorch_model.bin", "model_quantized.onnx");
    int opened = RemoteFileSystemFactory.OPENED.get();
    assertThat(open().root()).isEqualTo(first.root());
    assertThat(RemoteFileSystemFactory.OPENED).hasValue(opened);
  }

  @Test
  void copiesAgainWhenTheDirectoryChanged() throws Exception {
    Path first = open().root();
    Files.setLastModifiedTime(remote.resolve("model.onnx"), FileTime.fromMillis(1_000));
    assertThat(open().root()).isNotEqualTo(first);
  }

  @Test
  void keepsNoCopyThatFailsItsChecksums() throws Exception {
    Files.writeString(remote.resolve("SHA256SUMS"), "0".repeat(64) + "  model.onnx\n");
    assertThatThrownBy(this::open)
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll("remote:", "model.onnx is not the file");
    try (Stream<Path> left = Files.list(cache)) {
      assertThat(left).noneMatch(Files::isDirectory);
    }
  }

  @Test
  void tellsOfADirectoryThatIsNotThereOrNoModel() throws Exception {
    assertThatThrownBy(() -> ModelDirectory.open("remote:" + remote.resolve("nowhere")))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("nowhere");
    Files.delete(remote.resolve("model.onnx"));
    Files.delete(remote.resolve("model_quantized.onnx"));
    assertThatThrownBy(this::open)
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("model.onnx is missing");
  }

  private ModelDirectory open() throws ModelLoadException {
    return ModelDirectory.open("remote:" + remote);
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
