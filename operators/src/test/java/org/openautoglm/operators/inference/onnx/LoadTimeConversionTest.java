package org.openautoglm.operators.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
import org.openautoglm.operators.inference.model.TestModels;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.Parameters;

class LoadTimeConversionTest {
  private static final String CACHE = "autoglm.cache.dir";
  private static final List<String> TEXTS = List.of("深度学习是什么？", "今天天气很好，我们一起去公园散步吧。", "你好");

  @TempDir private Path cache;

  private final OnnxModelProvider provider = new OnnxModelProvider(context -> List.of());

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
        EngineLease lease = provider.engines(spec, null)) {
      assertThat(lease.engines().get(0).maxIndependentRows()).isEqualTo(Integer.MAX_VALUE);
      Map<Integer, Output> answers = new TreeMap<>();
      List<EngineRow> rows = new ArrayList<>();
      for (String text : TEXTS) {
        rows.add(new EngineRow(preparer.prepare(text), Parameters.getDefaultInstance(), 0));
      }
      lease.engines().get(0).run(rows, answers::put);
      return List.copyOf(answers.values());
    }
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
