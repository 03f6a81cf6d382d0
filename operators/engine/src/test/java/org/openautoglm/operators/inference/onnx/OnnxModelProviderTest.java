package org.openautoglm.operators.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.operators.conversion.testing.Corpus;
import org.openautoglm.operators.inference.DevicePreference;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.model.TinyModel;
import org.openautoglm.operators.testing.TestModels;
import org.openautoglm.schemas.wire.Parameters;

/** Loading, sharing, closing and choosing devices. */
class OnnxModelProviderTest {
  private static final int CALLERS = 4;

  @TempDir private Path directory;

  private final OnnxModelProvider provider = new OnnxModelProvider();

  @Test
  void sharesOneEngineAndFreesItWithTheLastLease() throws Exception {
    int before = OnnxModelProvider.loaded();
    ModelSpec spec = tiny(DevicePreference.CPU);
    EngineLease first = provider.engines(spec);
    EngineLease second = new OnnxModelProvider().engines(spec);
    InferenceEngine engine = first.engines().get(0);
    assertThat(second.engines()).containsExactly(engine);
    first.close();
    first.close();
    engine.run(List.of(row(2)), (position, output) -> {});
    second.close();
    assertThat(OnnxModelProvider.loaded()).isEqualTo(before);
    assertThatThrownBy(() -> engine.run(List.of(row(2)), (position, output) -> {}))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void loadsAChangedFileAsAnotherEngine() throws Exception {
    ModelSpec spec = tiny(DevicePreference.CPU);
    try (EngineLease old = provider.engines(spec)) {
      new TinyModel().perRow("sentence_embedding").write(directory);
      try (EngineLease changed = provider.engines(spec)) {
        assertThat(changed.engines().get(0).identity().digest())
            .isNotEqualTo(old.engines().get(0).identity().digest());
      }
    }
  }

  @Test
  void takesOverWhatIsKept() throws Exception {
    ModelSpec spec = tiny(DevicePreference.CPU).keptLoaded(600_000);
    InferenceEngine engine;
    try (EngineLease first = provider.engines(spec)) {
      engine = first.engines().get(0);
    }
    try (EngineLease second = provider.engines(spec)) {
      assertThat(second.engines()).containsExactly(engine);
      engine.run(List.of(row(2)), (position, output) -> {});
    }
    OnnxModelProvider.release();
    assertThat(OnnxModelProvider.loaded()).isZero();
    assertThatThrownBy(() -> engine.run(List.of(row(2)), (position, output) -> {}))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void servesNothingStaleOfWhatIsKept() throws Exception {
    ModelSpec spec = tiny(DevicePreference.CPU).keptLoaded(600_000);
    try (EngineLease old = provider.engines(spec)) {
      assertThat(old.engines()).hasSize(1);
    }
    new TinyModel().perRow("sentence_embedding").write(directory);
    try (EngineLease changed = provider.engines(spec)) {
      assertThat(changed.engines().get(0).identity().digest())
          .isEqualTo(OnnxModelProvider.directory(spec).digest());
      assertThat(OnnxModelProvider.loaded()).as("the old version is not kept besides").isEqualTo(1);
    }
    OnnxModelProvider.release();
  }

  @Test
  void closesNothingInUseWhenAnotherJobsClassesGo() throws Exception {
    try (EngineLease lease = provider.engines(tiny(DevicePreference.CPU).keptLoaded(1))) {
      OnnxModelProvider.release();
      lease.engines().get(0).run(List.of(row(2)), (position, output) -> {});
    }
    await().untilAsserted(() -> assertThat(OnnxModelProvider.loaded()).isZero());
  }

  /** Closing a session in the middle of a run would end this process with SIGSEGV. */
  @Test
  void letsBatchesFinishWhenLeasesCloseUnderThem() throws Exception {
    ModelSpec spec = tiny(DevicePreference.CPU);
    ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
    try {
      for (int round = 0; round < 50; round++) {
        EngineLease lease = provider.engines(spec);
        InferenceEngine engine = lease.engines().get(0);
        CountDownLatch running = new CountDownLatch(CALLERS);
        List<Future<Integer>> finished = new ArrayList<>();
        for (int caller = 0; caller < CALLERS; caller++) {
          finished.add(callers.submit(() -> runUntilClosed(engine, running)));
        }
        running.await();
        lease.close();
        for (Future<Integer> runs : finished) {
          assertThat(runs.get()).isPositive();
        }
      }
    } finally {
      callers.shutdown();
    }
  }

  private static int runUntilClosed(InferenceEngine engine, CountDownLatch running)
      throws Exception {
    List<EngineRow> batch = Collections.nCopies(64, row(new int[64]));
    for (int runs = 0; ; runs++) {
      try {
        engine.run(batch, (position, output) -> {});
        if (runs == 0) {
          running.countDown();
        }
      } catch (IllegalStateException closed) {
        return runs;
      }
    }
  }

  @Test
  void tellsOfATruncatedGraph() throws Exception {
    Path model = directory.resolve("model.onnx");
    ModelSpec spec = tiny(DevicePreference.CPU);
    byte[] whole = Files.readAllBytes(model);
    Files.write(model, Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> provider.engines(spec))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll("model.onnx", "truncated");
  }

  @Test
  void tellsWhatIsMissingWhereAGpuIsWantedAndNotThere() throws Exception {
    assumeFalse(CudaDriver.isPresent(), "there is an NVIDIA driver");
    ModelSpec spec = tiny(DevicePreference.CUDA);
    assertThatThrownBy(() -> provider.engines(spec))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll("model tiny", "libcuda.so.1", "auto");
  }

  @Test
  void fallsBackToTheCpuByItself() throws Exception {
    assumeFalse(CudaDriver.isPresent(), "there is an NVIDIA driver");
    try (EngineLease lease = provider.engines(tiny(DevicePreference.AUTO))) {
      assertThat(lease.engines()).singleElement().matches(e -> e.device().name().equals("cpu"));
    }
  }

  @Test
  void runsOnAGpuWhereThereIsOne() throws Exception {
    assumeTrue(CudaDriver.isPresent(), "there is no NVIDIA driver");
    Path bge = TestModels.bgeSmallZh();
    ModelSpec cpu = TestModels.spec("bge", TaskType.EMBEDDING, bge);
    try (EngineLease slow = provider.engines(cpu);
        EngineLease fast = provider.engines(with(cpu, DevicePreference.CUDA));
        RowPreparer preparer = provider.preparer(cpu)) {
      InferenceEngine gpu = fast.engines().get(0);
      assertThat(gpu.device().name()).isEqualTo("cuda:0");
      EmbeddingAnswersTest.assertSameAnswers(preparer, slow.engines().get(0), gpu, Corpus.texts());
    }
  }

  private ModelSpec tiny(DevicePreference device) throws Exception {
    new TinyModel().write(directory);
    return with(TestModels.spec("tiny", TaskType.EMBEDDING, directory), device);
  }

  private static ModelSpec with(ModelSpec spec, DevicePreference device) {
    return new ModelSpec(
        spec.name(),
        spec.task(),
        spec.path(),
        device,
        spec.shards(),
        spec.encoder(),
        spec.batching(),
        spec.retry());
  }

  private static EngineRow row(int... tokens) {
    return new EngineRow(tokens, Parameters.getDefaultInstance(), 0);
  }
}
