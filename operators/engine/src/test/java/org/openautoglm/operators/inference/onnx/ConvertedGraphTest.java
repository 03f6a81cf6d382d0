package org.openautoglm.operators.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.operators.conversion.quantization.ByteProducts;
import org.openautoglm.operators.inference.EncoderSpec;
import org.openautoglm.operators.inference.EncoderSpec.Normalization;
import org.openautoglm.operators.inference.EncoderSpec.Pooling;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.model.TinyModel;
import org.openautoglm.operators.testing.TestModels;
import org.openautoglm.schemas.wire.Label;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.Parameters;

/** Graphs that say in their metadata that conversion made them. */
class ConvertedGraphTest {
  /** What sentence-transformers calls a module that scales vectors to length 1. */
  private static final String NORMALIZED_MODULES =
      """
      [{"path": "", "type": "sentence_transformers.models.Transformer"},
       {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
       {"path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]\
      """;

  @TempDir private Path directory;

  @Test
  void nothingIsDoneTwice() throws Exception {
    embedding("mean", true);
    Files.writeString(directory.resolve("modules.json"), NORMALIZED_MODULES);
    for (EncoderSpec encoder :
        List.of(EncoderSpec.FROM_MODEL, encoder(Pooling.MEAN, Normalization.L2))) {
      // The graph sums, and claims to have normalised: nothing after it may touch the numbers.
      assertThat(answer(spec(TaskType.EMBEDDING, encoder)).getEmbeddingList())
          .containsExactly(2f, 6f);
    }
  }

  @Test
  void whatTheGraphLeavesTheConfigurationMayAdd() throws Exception {
    embedding("cls", false);
    assertThat(answer(spec(TaskType.EMBEDDING, EncoderSpec.FROM_MODEL)).getEmbeddingList())
        .containsExactly(2f, 6f);
    double length = Math.sqrt(40);
    assertThat(
            answer(spec(TaskType.EMBEDDING, encoder(Pooling.FROM_MODEL, Normalization.L2)))
                .getEmbeddingList())
        .containsExactly((float) (2 / length), (float) (6 / length));
  }

  @Test
  void aConfigurationThatContradictsTheGraphIsAnError() throws Exception {
    embedding("mean", true);
    assertThatThrownBy(
            () -> answer(spec(TaskType.EMBEDDING, encoder(Pooling.CLS, Normalization.FROM_MODEL))))
        .isInstanceOf(ModelLoadException.class)
        .hasMessage(
            "model tiny: pooling is cls, but its graph was converted to give mean pooling; set"
                + " pooling to from_model, or convert the original again");
    assertThatThrownBy(
            () -> answer(spec(TaskType.EMBEDDING, encoder(Pooling.FROM_MODEL, Normalization.NONE))))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("normalize is none, but its graph was converted to give vectors of");
  }

  @Test
  void probabilitiesAreTakenAsTheyAre() throws Exception {
    new TinyModel()
        .perRow("probabilities")
        .probabilities()
        .saying("autoglm.graph", "encoder-1")
        .write(directory);
    // The directory still says of its original that it gives something else.
    Files.writeString(
        directory.resolve("config.json"),
        """
        {"max_position_embeddings": 64, "joint_output": "log_probabilities",
         "id2label": {"0": "one", "1": "other"}}\
        """);
    List<Label> labels =
        answer(spec(TaskType.CLASSIFICATION, EncoderSpec.FROM_MODEL)).getLabelsList();
    assertThat(labels).extracting(Label::getLabel).containsExactly("other", "one");
    assertThat(labels.get(0).getScore()).isCloseTo((float) (1 / (1 + Math.exp(-4))), within(1e-6f));
  }

  @Test
  void aConvertedDecoderIsNoEncoder() throws Exception {
    new TinyModel().saying("autoglm.graph", "decoder-1").write(directory);
    assertThatThrownBy(() -> answer(spec(TaskType.EMBEDDING, EncoderSpec.FROM_MODEL)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessage(
            "model tiny: its graph is decoder-1, which is not for the task EMBEDDING; check"
                + " task_type and path");
  }

  @Test
  void signedBytesNeedACpuThatMultipliesThemExactly() throws Exception {
    ConvertedGraph graph =
        ConvertedGraph.of(Map.of("autoglm.graph", "encoder-1", "autoglm.bytes", "signed"))
            .orElseThrow();
    ModelSpec spec = spec(TaskType.EMBEDDING, EncoderSpec.FROM_MODEL);
    graph.requireFit(spec, ByteProducts.SIGNED);
    assertThatThrownBy(() -> graph.requireFit(spec, ByteProducts.UNSIGNED))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("convert the original here");
  }

  private void embedding(String pooling, boolean normalized) throws Exception {
    new TinyModel()
        .perRow("sentence_embedding")
        .saying("autoglm.graph", "encoder-1")
        .saying("autoglm.pooling", pooling)
        .saying("autoglm.normalized", Boolean.toString(normalized))
        .write(directory);
  }

  private static EncoderSpec encoder(Pooling pooling, Normalization normalization) {
    return new EncoderSpec(0, false, pooling, normalization);
  }

  private ModelSpec spec(TaskType task, EncoderSpec encoder) {
    ModelSpec spec = TestModels.spec("tiny", task, directory);
    return new ModelSpec(
        spec.name(),
        spec.task(),
        spec.path(),
        spec.device(),
        spec.shards(),
        encoder,
        spec.batching(),
        spec.retry());
  }

  private static Output answer(ModelSpec spec) throws Exception {
    List<Output> outputs = new ArrayList<>();
    try (EngineLease lease = new OnnxModelProvider().engines(spec)) {
      lease
          .engines()
          .get(0)
          .run(
              List.of(new EngineRow(new int[] {2, 4}, Parameters.getDefaultInstance(), 0)),
              (position, output) -> outputs.add(output));
    }
    return outputs.get(0);
  }
}
