package org.openautoglm.operators.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.operators.inference.Cancellation;
import org.openautoglm.operators.inference.EncoderSpec;
import org.openautoglm.operators.inference.EncoderSpec.Normalization;
import org.openautoglm.operators.inference.EncoderSpec.Pooling;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RunWatch;
import org.openautoglm.operators.inference.RunWatch.Watch;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.model.TinyModel;
import org.openautoglm.operators.testing.TestModels;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.wire.Label;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.Parameters;

/** Kinds of graphs and of failures, on a model of a few hundred bytes. */
class OnnxEngineTest {
  private static final int NOT_FINITE = 8;
  private static final int OUTSIDE = 99;

  @TempDir private Path directory;

  private final OnnxModelProvider provider = new OnnxModelProvider();

  @Test
  void poolsTheMeanOfARowsOwnTokens() throws Exception {
    new TinyModel().write(directory);
    assertThat(answers(spec(TaskType.EMBEDDING), row(2, 4), row(3), row(1, 1, 7)))
        .extracting(Output::getEmbeddingList)
        .containsExactly(List.of(1f, 3f), List.of(1f, 3f), List.of(1f, 3f));
  }

  @Test
  void takesTheFirstTokensVectorAndNormalizesWhereTheConfigurationSaysSo() throws Exception {
    new TinyModel().write(directory);
    ModelSpec spec =
        with(spec(TaskType.EMBEDDING), new EncoderSpec(0, false, Pooling.CLS, Normalization.L2));
    List<Float> embedding = answers(spec, row(0, 4)).get(0).getEmbeddingList();
    assertThat(embedding).containsExactly(1f, 0f);
    List<Float> other = answers(spec, row(3, 0)).get(0).getEmbeddingList();
    assertThat(other.get(1)).isCloseTo((float) (3 / Math.sqrt(10)), within(1e-6f));
  }

  /** It would take many seconds, and end well. */
  @Test
  void endsARunThatIsCancelledAndRunsOthersAfterwards() throws Exception {
    new TinyModel().slow(2_000).write(directory);
    try (EngineLease lease = provider.engines(spec(TaskType.EMBEDDING))) {
      InferenceEngine engine = lease.engines().get(0);
      List<EngineRow> large = Collections.nCopies(1_024, row(new int[2_048]));
      Cancellation cancellation = new Cancellation();
      try (Watch watch = RunWatch.SHARED.begin(200, cancelling(cancellation))) {
        assertThatThrownBy(() -> engine.run(large, (position, output) -> {}, cancellation))
            .isInstanceOf(OrtException.class)
            .hasMessageContaining("terminate");
        assertThat(watch.wasTooLong()).isTrue();
      }
      Cancellation before = new Cancellation();
      before.cancel();
      assertThatThrownBy(() -> engine.run(large, (position, output) -> {}, before))
          .isInstanceOf(OrtException.class);
      List<Output> outputs = new ArrayList<>();
      engine.run(List.of(row(2)), (position, output) -> outputs.add(output));
      assertThat(outputs).hasSize(1);
    }
  }

  /** A run that does not end is one more run under way: its session serves the others on. */
  @Test
  void runsOthersOnASessionInWhichARunDoesNotListen() throws Exception {
    new TinyModel().deaf().write(directory);
    try (EngineLease lease = provider.engines(spec(TaskType.EMBEDDING))) {
      InferenceEngine engine = lease.engines().get(0);
      List<Output> alone = new ArrayList<>();
      engine.run(List.of(row(2, 3)), (position, output) -> alone.add(output));
      Cancellation cancellation = new Cancellation();
      Thread stuck = new Thread(() -> runDeaf(engine, cancellation));
      stuck.start();
      List<Output> beside = new ArrayList<>();
      int besideWhenCancelled = 0;
      while (stuck.isAlive()) {
        engine.run(List.of(row(2, 3)), (position, output) -> beside.add(output));
        if (beside.size() == 1_000) {
          cancellation.cancel();
          besideWhenCancelled = beside.size();
        }
      }
      assertThat(besideWhenCancelled).isPositive();
      assertThat(beside).hasSizeGreaterThan(besideWhenCancelled + 1).containsOnly(alone.get(0));
    }
  }

  private static void runDeaf(InferenceEngine engine, Cancellation cancellation) {
    try {
      engine.run(List.of(row(new int[3_072])), (position, output) -> {}, cancellation);
    } catch (Exception ignored) {
      // It was told to end in the end.
    }
  }

  private static RunWatch.Watched cancelling(Cancellation cancellation) {
    return new RunWatch.Watched() {
      @Override
      public void terminate() {
        cancellation.cancel();
      }

      @Override
      public void giveUp() {}
    };
  }

  @Test
  void feedsGraphsWith32BitInputs() throws Exception {
    new TinyModel().narrowIds().write(directory);
    assertThat(answers(spec(TaskType.EMBEDDING), row(2, 4), row(7)))
        .extracting(Output::getEmbeddingList)
        .containsExactly(List.of(1f, 3f), List.of(1f, 7f));
  }

  @Test
  void readsHalfPrecisionOutputs() throws Exception {
    new TinyModel().halfPrecision().write(directory);
    assertThat(answers(spec(TaskType.EMBEDDING), row(2, 4)).get(0).getEmbeddingList())
        .containsExactly(1f, 3f);
  }

  @Test
  void usesAnEmbeddingThatTheGraphPooledItself() throws Exception {
    new TinyModel().perRow("sentence_embedding").write(directory);
    assertThat(answers(spec(TaskType.EMBEDDING), row(2, 4)).get(0).getEmbeddingList())
        .containsExactly(2f, 6f);
  }

  @Test
  void makesProbabilitiesOfLogits() throws Exception {
    new TinyModel().perRow("logits").write(directory);
    List<Label> labels = answers(spec(TaskType.CLASSIFICATION), row(3)).get(0).getLabelsList();
    assertThat(labels).extracting(Label::getLabel).containsExactly("other", "one");
    assertThat(labels.get(0).getScore()).isCloseTo((float) (1 / (1 + Math.exp(-2))), within(1e-6f));
    assertThat(labels.get(0).getScore() + labels.get(1).getScore()).isCloseTo(1, within(1e-6f));
  }

  @Test
  void seesLogProbabilitiesAndProbabilitiesForWhatTheyAre() throws Exception {
    new TinyModel().perRow("logits").logProbabilities().write(directory);
    Output logs = answers(spec(TaskType.CLASSIFICATION), row(3)).get(0);
    new TinyModel().perRow("logits").probabilities().write(directory);
    Output parts = answers(spec(TaskType.CLASSIFICATION), row(3)).get(0);
    for (Output output : List.of(logs, parts)) {
      assertThat(output.getLabels(0).getLabel()).isEqualTo("other");
      assertThat(output.getLabels(0).getScore())
          .isCloseTo((float) (1 / (1 + Math.exp(-2))), within(1e-6f));
    }
  }

  @Test
  void givesAModelWhoseRowsDisturbEachOtherOneRowABatch() throws Exception {
    new TinyModel().dependentRows().write(directory);
    assertThat(maxIndependentRows(spec(TaskType.EMBEDDING))).isEqualTo(1);
    new TinyModel().write(directory);
    assertThat(maxIndependentRows(spec(TaskType.EMBEDDING))).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void failsARowWhoseAnswerIsNotFiniteAlone() throws Exception {
    new TinyModel().write(directory);
    try (EngineLease lease = provider.engines(spec(TaskType.EMBEDDING))) {
      Map<Integer, Output> answers = new TreeMap<>();
      assertThatThrownBy(
              () ->
                  lease
                      .engines()
                      .get(0)
                      .run(List.of(row(2), row(3, NOT_FINITE), row(5, 5)), answers::put))
          .satisfies(
              thrown ->
                  assertThat(new OnnxFailureClassifier().classify(thrown))
                      .isEqualTo(FailureCode.MODEL_FAILURE));
      assertThat(answers).containsOnlyKeys(0, 2);
    }
  }

  @Test
  void callsARunThatARowsTokensBreakAModelFailure() throws Exception {
    new TinyModel().write(directory);
    try (EngineLease lease = provider.engines(spec(TaskType.EMBEDDING))) {
      InferenceEngine engine = lease.engines().get(0);
      assertThatThrownBy(() -> engine.run(List.of(row(2), row(OUTSIDE)), (p, output) -> {}))
          .satisfies(
              thrown ->
                  assertThat(new OnnxFailureClassifier().classify(thrown))
                      .isEqualTo(FailureCode.MODEL_FAILURE));
      List<Output> after = new ArrayList<>();
      engine.run(List.of(row(2)), (position, output) -> after.add(output));
      assertThat(after).hasSize(1);
    }
  }

  @Test
  void refusesAGraphWithoutAnOutputForTheTask() throws Exception {
    new TinyModel().write(directory);
    assertThatThrownBy(() -> provider.engines(spec(TaskType.CLASSIFICATION)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll("model.onnx", "CLASSIFICATION", "last_hidden_state", "task_type");
  }

  @Test
  void identifiesTheModelByVersionAndDigest() throws Exception {
    new TinyModel().write(directory);
    try (EngineLease lease = provider.engines(spec(TaskType.EMBEDDING))) {
      InferenceEngine engine = lease.engines().get(0);
      assertThat(engine.identity().name()).isEqualTo("tiny");
      assertThat(engine.identity().version()).isEqualTo("tiny-1");
      assertThat(engine.identity().digest()).matches("[0-9a-f]{64}");
      assertThat(engine.device().name()).isEqualTo("cpu");
    }
  }

  private int maxIndependentRows(ModelSpec spec) throws Exception {
    try (EngineLease lease = provider.engines(spec)) {
      return lease.engines().get(0).maxIndependentRows();
    }
  }

  private List<Output> answers(ModelSpec spec, EngineRow... rows) throws Exception {
    try (EngineLease lease = provider.engines(spec)) {
      Map<Integer, Output> answers = new TreeMap<>();
      lease.engines().get(0).run(List.of(rows), answers::put);
      assertThat(answers.keySet())
          .containsExactlyElementsOf(IntStream.range(0, rows.length).boxed().toList());
      return List.copyOf(answers.values());
    }
  }

  private ModelSpec spec(TaskType task) {
    return TestModels.spec("tiny", task, directory);
  }

  private static ModelSpec with(ModelSpec spec, EncoderSpec encoder) {
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

  private static EngineRow row(int... tokens) {
    return new EngineRow(tokens, Parameters.getDefaultInstance(), 0);
  }
}
