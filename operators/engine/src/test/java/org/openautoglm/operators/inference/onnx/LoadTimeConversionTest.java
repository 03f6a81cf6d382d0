package org.openautoglm.operators.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.operators.inference.EncoderSpec;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.Quantization;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.model.ModelDirectory;
import org.openautoglm.operators.testing.TestModels;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.Parameters;

class LoadTimeConversionTest {
  private static final String CACHE = "autoglm.cache.dir";
  private static final List<String> TEXTS = List.of("深度学习是什么？", "今天天气很好，我们一起去公园散步吧。", "你好");

  @TempDir private Path cache;
  @TempDir private Path versions;

  private final OnnxModelProvider provider = new OnnxModelProvider();

  @BeforeEach
  void keepConversionsHere() {
    System.setProperty(CACHE, cache.toString());
  }

  @AfterEach
  void forget() {
    System.clearProperty(CACHE);
  }

  @Test
  void anEncoderIsConvertedOnceAndAnswersAlmostAsBefore() throws Exception {
    ModelSpec plain = TestModels.spec("bge", TaskType.EMBEDDING, TestModels.bgeSmallZh());
    ModelSpec quantized = quantized(plain, Quantization.INT8);
    Path directory = OnnxModelProvider.directory(quantized).root();
    assertThat(directory).startsWith(cache.resolve("converted"));
    assertThat(Files.size(directory.resolve("model.onnx")))
        .isLessThan(Files.size(ModelDirectory.open(plain.path()).graph()) / 2);
    Object made = Files.getLastModifiedTime(directory.resolve("model.onnx"));

    List<Output> expected = answers(plain);
    List<Output> actual = answers(quantized);
    for (int i = 0; i < TEXTS.size(); i++) {
      assertThat(cosine(expected.get(i), actual.get(i))).isBetween(0.99, 1.0001);
    }
    assertThat(OnnxModelProvider.directory(quantized).root()).isEqualTo(directory);
    assertThat(Files.getLastModifiedTime(directory.resolve("model.onnx"))).isEqualTo(made);
  }

  @Test
  void aNewVersionIsConvertedBesideTheOldOneBeforeItServes() throws Exception {
    Path current = versions.resolve("current");
    Files.createSymbolicLink(current, TestModels.bgeSmallZh());
    ModelSpec spec =
        quantized(TestModels.spec("bge", TaskType.EMBEDDING, current), Quantization.INT8)
            .reloadedEvery(10);
    List<EngineLease> newer = new ArrayList<>();
    try (RowPreparer preparer = provider.preparer(spec);
        EngineLease older = provider.engines(spec)) {
      List<Output> before = answers(preparer, older);
      Path link = versions.resolve("next");
      Files.createSymbolicLink(link, changed(TestModels.bgeSmallZh(), versions.resolve("v1")));
      Files.move(link, current, StandardCopyOption.ATOMIC_MOVE);
      await()
          .atMost(Duration.ofMinutes(2))
          .until(
              () -> {
                older.successor().ifPresent(newer::add);
                return !newer.isEmpty();
              });
      assertThat(older.failedReloads()).isZero();
      assertThat(answers(preparer, older)).isEqualTo(before);

      ModelDirectory converted = OnnxModelProvider.directory(spec);
      assertThat(converted.root()).startsWith(cache.resolve("converted"));
      EngineLease lease = newer.get(0);
      assertThat(lease.engines().get(0).identity().digest())
          .isEqualTo(converted.digest())
          .isNotEqualTo(older.engines().get(0).identity().digest());
      assertThat(cosine(before.get(0), answers(preparer, lease).get(0))).isBetween(0.5, 0.9999);
    } finally {
      newer.forEach(EngineLease::close);
    }
  }

  /** Another version of bge: one weight of its first layer norm is another. */
  private static Path changed(Path model, Path version) throws Exception {
    try (Stream<Path> files = Files.walk(model)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = version.resolve(model.relativize(file));
        Files.createDirectories(copy.getParent());
        Files.createSymbolicLink(copy, file.toRealPath());
      }
    }
    byte[] graph = Files.readAllBytes(model.resolve("model.onnx"));
    // The name of the weights, then their field of 512 floats.
    byte[] mark = "LayerNorm.weightJ\u0080\u0010".getBytes(StandardCharsets.ISO_8859_1);
    int at = 0;
    while (!Arrays.equals(graph, at, at + mark.length, mark, 0, mark.length)) {
      at++;
    }
    ByteBuffer.wrap(graph).order(ByteOrder.LITTLE_ENDIAN).putFloat(at + mark.length, 30);
    Files.delete(version.resolve("model.onnx"));
    Files.write(version.resolve("model.onnx"), graph);
    return version;
  }

  @Test
  void whatCannotBeConvertedSaysHowToRunItAnyway() {
    ModelSpec spec =
        quantized(
            TestModels.spec("bge", TaskType.EMBEDDING, TestModels.bgeSmallZh()), Quantization.INT4);
    assertThatThrownBy(() -> OnnxModelProvider.directory(spec))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("model bge cannot be converted (weights int4")
        .hasMessageContaining("choose fp32, int8 or int8-blocks")
        .hasMessageEndingWith("With quantize: false it runs as it is");
  }

  private List<Output> answers(ModelSpec spec) throws Exception {
    try (RowPreparer preparer = provider.preparer(spec);
        EngineLease lease = provider.engines(spec)) {
      return answers(preparer, lease);
    }
  }

  private static List<Output> answers(RowPreparer preparer, EngineLease lease) throws Exception {
    assertThat(lease.engines().get(0).maxIndependentRows()).isEqualTo(Integer.MAX_VALUE);
    Map<Integer, Output> answers = new TreeMap<>();
    List<EngineRow> rows = new ArrayList<>();
    for (String text : TEXTS) {
      rows.add(new EngineRow(preparer.prepare(text), Parameters.getDefaultInstance(), 0));
    }
    lease.engines().get(0).run(rows, answers::put);
    return List.copyOf(answers.values());
  }

  private static double cosine(Output a, Output b) {
    double dot = 0;
    for (int i = 0; i < a.getEmbeddingCount(); i++) {
      dot += (double) a.getEmbedding(i) * b.getEmbedding(i);
    }
    return dot;
  }

  private static ModelSpec quantized(ModelSpec spec, Quantization quantization) {
    return new ModelSpec(
        spec.name(),
        spec.task(),
        spec.path(),
        quantization,
        spec.device(),
        spec.shards(),
        EncoderSpec.FROM_MODEL,
        spec.batching(),
        spec.retry(),
        spec.generation());
  }
}
