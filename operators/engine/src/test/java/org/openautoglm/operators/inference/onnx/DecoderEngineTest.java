package org.openautoglm.operators.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.Cancellation;
import org.openautoglm.operators.inference.DevicePreference;
import org.openautoglm.operators.inference.EncoderSpec;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.GenerationSpec;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.Quantization;
import org.openautoglm.operators.inference.RetrySpec;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.model.ReferenceDecoder;
import org.openautoglm.operators.inference.model.TinyDecoder;
import org.openautoglm.operators.inference.model.TinyDecoder.Form;
import org.openautoglm.operators.inference.model.TinyDecoderWeights;
import org.openautoglm.operators.inference.model.TinyModel;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.Parameters;

class DecoderEngineTest {
  private static final TinyDecoderWeights WEIGHTS = TinyDecoderWeights.TINY;
  private static final GenerationSpec SMALL = new GenerationSpec(12, 48, 6, 64 << 20);

  private final OnnxModelProvider provider = new OnnxModelProvider();
  @TempDir private Path directory;

  @Test
  void answersWithTheReferencesTextReasonAndUsage() throws Exception {
    write(Form.CANONICAL);
    int[] prompt = prompts(1).get(0);
    String expected = words(new ReferenceDecoder(WEIGHTS).greedy(prompt, 12));
    try (EngineLease lease = provider.engines(spec(SMALL))) {
      Output output = answer(lease.engines().get(0), row(prompt, Parameters.newBuilder(), 0));
      assertThat(output.getText()).isEqualTo(expected);
      Map<String, LongSupplier> gauges = lease.engines().get(0).gauges();
      assertThat(gauges.get("promptTokens").getAsLong()).isEqualTo(prompt.length);
      assertThat(output.getUsage().getPromptTokens()).isEqualTo(prompt.length);
      boolean ended = expected.split(" ", -1).length < 12;
      assertThat(output.getFinishReason()).isEqualTo(ended ? "stop" : "length");
      assertThat(output.getUsage().getCompletionTokens())
          .isEqualTo(ended ? expected.split(" ", -1).length + 1 : 12);
    }
  }

  @Test
  void answersTheSameAloneAndSideBySide() throws Exception {
    write(Form.CANONICAL);
    List<EngineRow> rows = new ArrayList<>();
    for (int[] prompt : prompts(24)) {
      Parameters.Builder parameters =
          Parameters.newBuilder().setMaxNewTokens(1 + prompt.length % 14).setSeed(prompt.length);
      rows.add(row(prompt, parameters, prompt.length % 2 == 0 ? 0 : 1.2f));
    }
    try (EngineLease lease = provider.engines(spec(SMALL))) {
      InferenceEngine engine = lease.engines().get(0);
      List<Output> alone = new ArrayList<>();
      for (EngineRow row : rows) {
        alone.add(answer(engine, row));
      }
      Map<Integer, Output> together = new TreeMap<>();
      engine.run(rows, together::put);
      assertThat(List.copyOf(together.values())).isEqualTo(alone);
      assertThat(fromManyThreads(engine, rows)).isEqualTo(alone);
    }
  }

  @Test
  void withoutASeedARequestKeepsItsTextAndOthersHaveTheirs() throws Exception {
    write(Form.CANONICAL);
    int[] prompt = prompts(1).get(0);
    Parameters parameters = Parameters.newBuilder().setMaxNewTokens(14).build();
    try (EngineLease lease = provider.engines(spec(SMALL))) {
      InferenceEngine engine = lease.engines().get(0);
      Set<String> texts = new HashSet<>();
      for (int input = 0; input < 8; input++) {
        EngineRow row = new EngineRow(prompt, parameters, 2, 0, "请求-1", input);
        String text = answer(engine, row).getText();
        assertThat(answer(engine, row).getText()).isEqualTo(text);
        texts.add(text);
      }
      assertThat(texts).hasSizeGreaterThan(1);
    }
  }

  private static List<Output> fromManyThreads(InferenceEngine engine, List<EngineRow> rows)
      throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(engine.device().lanes());
    try {
      List<Future<Output>> answers = new ArrayList<>();
      for (EngineRow row : rows) {
        answers.add(threads.submit(() -> answer(engine, row)));
      }
      List<Output> outputs = new ArrayList<>();
      for (Future<Output> each : answers) {
        outputs.add(each.get());
      }
      return outputs;
    } finally {
      threads.shutdown();
    }
  }

  /** As when a job is cancelled: what is restored must not wait behind what nobody wants. */
  @Test
  void aCancelledRowGivesItsSlotBackBeforeItsEnd() throws Exception {
    write(Form.CANONICAL);
    EngineRow row = row(prompts(1).get(0), Parameters.newBuilder().setMaxNewTokens(14), 0);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (EngineLease lease = provider.engines(spec(SMALL))) {
      DecoderEngine engine = (DecoderEngine) lease.engines().get(0);
      Cancellation cancellation = new Cancellation();
      List<EngineRow> endless = Collections.nCopies(100_000, row);
      Future<?> running =
          thread.submit(
              () -> {
                engine.run(endless, (position, output) -> {}, cancellation);
                return null;
              });
      await().until(() -> engine.generations().slotsTaken() == 6);
      cancellation.cancel();
      assertThatThrownBy(running::get).hasCauseInstanceOf(CancellationException.class);
      await().until(() -> engine.generations().slotsTaken() == 0);
      assertThat(engine.generations().counters().finished()).isLessThan(100_000);
      assertThat(answer(engine, row).getUsage().getCompletionTokens()).isPositive();
    } finally {
      thread.shutdown();
    }
  }

  @Test
  void hasALaneForEachSlotAndForSomeWhoWaitAndTakesOneRowABatch() throws Exception {
    write(Form.CANONICAL);
    try (EngineLease lease = provider.engines(spec(SMALL))) {
      DecoderEngine engine = (DecoderEngine) lease.engines().get(0);
      assertThat(engine.maxIndependentRows()).isEqualTo(1);
      assertThat(engine.device().name()).isEqualTo("cpu");
      assertThat(engine.device().lanes())
          .isGreaterThan(engine.generations().slots())
          .isLessThanOrEqualTo(engine.generations().slots() * 3 / 2);
      assertThat(engine.generations().slots()).isEqualTo(6);
      assertThat(engine.generations().cacheBytes()).isLessThanOrEqualTo(SMALL.kvCacheBytes());
    }
    assertThat(OnnxModelProvider.loaded()).isZero();
  }

  /** What is being generated ends on the version that it began with; the next begins beside it. */
  @Test
  void aNewVersionGeneratesBesideTheOldOne() throws Exception {
    TinyDecoderWeights other = WEIGHTS.withSeed(21);
    write(Form.CANONICAL);
    int[] prompt = prompts(1).get(0);
    List<EngineRow> rows = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      rows.add(row(prompt, Parameters.newBuilder(), 0));
    }
    ModelSpec spec = spec(SMALL).reloadedEvery(10);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (EngineLease lease = provider.engines(spec)) {
      Map<Integer, Output> old = new TreeMap<>();
      Future<?> running =
          thread.submit(
              () -> {
                lease.engines().get(0).run(rows, old::put);
                return null;
              });
      Path next = new TinyDecoder(other, Form.CANONICAL).write(directory.resolve("next"));
      Files.move(
          next.resolve("model.onnx"),
          directory.resolve("model.onnx"),
          StandardCopyOption.ATOMIC_MOVE);
      await()
          .until(
              () -> lease.failedReloads() > 0 || lease.successor().map(this::closed).isPresent());
      try (EngineLease newer = lease.successor().orElseThrow()) {
        assertThat(answer(newer.engines().get(0), rows.get(0)).getText())
            .isEqualTo(words(new ReferenceDecoder(other).greedy(prompt, 12)));
        running.get();
      }
      String expected = words(new ReferenceDecoder(WEIGHTS).greedy(prompt, 12));
      assertThat(old).hasSize(60);
      assertThat(old.values()).allMatch(output -> output.getText().equals(expected));
    } finally {
      thread.shutdown();
    }
    await().untilAsserted(() -> assertThat(OnnxModelProvider.loaded()).isZero());
  }

  private EngineLease closed(EngineLease lease) {
    lease.close();
    return lease;
  }

  @Test
  void hasFewerSlotsWhereTheBudgetIsSmall() throws Exception {
    write(Form.CANONICAL);
    // One token of all caches: 2 layers × 2 × 2 heads × 16 floats; a slot of 48 tokens: 24,576.
    try (EngineLease lease = provider.engines(spec(new GenerationSpec(4, 48, 6, 50_000)))) {
      assertThat(((DecoderEngine) lease.engines().get(0)).generations().slots()).isEqualTo(2);
    }
    assertThatThrownBy(() -> provider.engines(spec(new GenerationSpec(4, 48, 6, 20_000))))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll("tiny", "20,000 bytes", "24,576 bytes");
  }

  @Test
  void readsLengthsAndEndsFromTheDirectoryAndSamplingFromTheRequestAlone() throws Exception {
    write(Form.CANONICAL);
    EngineRow row = row(prompts(1).get(0), Parameters.newBuilder(), 0);
    GenerationSpec unsaid = new GenerationSpec(0, 48, 6, 64 << 20);
    int[] tokens = new ReferenceDecoder(WEIGHTS).greedy(row.tokens(), 7);
    Files.writeString(
        directory.resolve("generation_config.json"),
        """
        {"do_sample": true, "temperature": 3.0, "top_k": 3, "top_p": 0.5,
         "repetition_penalty": 9.0, "max_new_tokens": 7, "eos_token_id": [0, 95]}
        """);
    try (EngineLease lease = provider.engines(spec(unsaid))) {
      Output output = answer(lease.engines().get(0), row);
      assertThat(IntStream.of(tokens).noneMatch(token -> token == 0 || token == 95)).isTrue();
      assertThat(output.getText()).isEqualTo(words(tokens));
      assertThat(output.getFinishReason()).isEqualTo("length");
      assertThat(output.getUsage().getCompletionTokens()).isEqualTo(7);
    }
    Files.writeString(
        directory.resolve("generation_config.json"),
        "{\"max_new_tokens\": 7, \"eos_token_id\": [0, %d]}".formatted(tokens[3]));
    try (EngineLease lease = provider.engines(spec(unsaid))) {
      Output output = answer(lease.engines().get(0), row);
      assertThat(output.getFinishReason()).isEqualTo("stop");
      assertThat(output.getUsage().getCompletionTokens()).isLessThanOrEqualTo(4);
    }
  }

  @Test
  void endsARowWhoseTimeIsUp() throws Exception {
    write(Form.CANONICAL);
    try (EngineLease lease = provider.engines(spec(SMALL))) {
      EngineRow late =
          new EngineRow(prompts(1).get(0), Parameters.getDefaultInstance(), 0, 1, "late", 0);
      Throwable thrown = catchThrowable(() -> answer(lease.engines().get(0), late));
      assertThat(new OnnxFailureClassifier().classify(thrown))
          .isEqualTo(FailureCode.DEADLINE_EXCEEDED);
    }
  }

  @Test
  void failsARowWhoseTokensTheModelHasNotAndNoOther() throws Exception {
    write(Form.CANONICAL);
    try (EngineLease lease = provider.engines(spec(SMALL))) {
      InferenceEngine engine = lease.engines().get(0);
      EngineRow bad = row(new int[] {3, 9_999}, Parameters.newBuilder(), 0);
      EngineRow good = row(prompts(1).get(0), Parameters.newBuilder(), 0);
      Map<Integer, Output> outputs = new TreeMap<>();
      Throwable thrown = catchThrowable(() -> engine.run(List.of(bad, good), outputs::put));
      assertThat(new OnnxFailureClassifier().classify(thrown)).isEqualTo(FailureCode.MODEL_FAILURE);
      assertThat(outputs).containsOnlyKeys(1);
      assertThat(outputs.get(1)).isEqualTo(answer(engine, good));
    }
  }

  @Test
  void namesEverythingThatKeepsAGraphFromGenerating() throws Exception {
    write(Form.CANONICAL);
    new TinyModel().write(directory);
    assertThatThrownBy(() -> provider.engines(spec(SMALL)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll("model.onnx", "no output logits", "last_hidden_state", "export");
  }

  @Test
  void saysWhatADirectoryLacks() throws Exception {
    write(Form.GROWING);
    Files.delete(directory.resolve("config.json"));
    Files.delete(directory.resolve("tokenizer.json"));
    assertThatThrownBy(() -> provider.engines(spec(SMALL)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll("config.json is missing", "tokenizer.json is missing");
  }

  private void write(Form form) throws Exception {
    new TinyDecoder(WEIGHTS, form).write(directory);
  }

  private ModelSpec spec(GenerationSpec generation) {
    return new ModelSpec(
        "tiny",
        TaskType.TEXT_GENERATION,
        directory.toString(),
        Quantization.NONE,
        DevicePreference.CPU,
        1,
        EncoderSpec.FROM_MODEL,
        new BatchingSpec(32, 512, 0, 64, BatchingSpec.Policy.FIRST_COME_FIRST_SERVED, 1_000),
        new RetrySpec(1, 1, 1),
        generation);
  }

  private static Output answer(InferenceEngine engine, EngineRow row) throws Exception {
    List<Output> outputs = new ArrayList<>();
    engine.run(List.of(row), (position, output) -> outputs.add(output));
    assertThat(outputs).hasSize(1);
    return outputs.get(0);
  }

  private static EngineRow row(int[] tokens, Parameters.Builder parameters, float temperature) {
    return new EngineRow(tokens, parameters.build(), temperature);
  }

  private static List<int[]> prompts(int count) {
    Random random = new Random(5);
    return IntStream.range(0, count)
        .mapToObj(i -> random.ints(3 + i, 1, WEIGHTS.vocabulary()).toArray())
        .toList();
  }

  /** The text of tokens up to the one that ends it. */
  private static String words(int[] tokens) {
    return IntStream.of(tokens)
        .takeWhile(token -> token != 0)
        .mapToObj(token -> "w" + token)
        .collect(Collectors.joining(" "));
  }
}
