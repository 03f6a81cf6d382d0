package org.openautoglm.operators.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.model.ModelContract;
import org.openautoglm.operators.inference.model.ModelDirectory;
import org.openautoglm.operators.inference.model.TinyModel;
import org.openautoglm.operators.testing.TestModels;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.Parameters;

/** New versions in a model's directory, with real graphs, from the disk to the engine. */
class ModelReloadTest {
  private static final long OFTEN_MS = 10;

  /** The token whose vector is (1, 3) in version 0, (1, 3 + v) in version v. */
  private static final int TOKEN = 3;

  private final OnnxModelProvider provider = new OnnxModelProvider();
  @TempDir private Path directory;

  @AfterEach
  void everythingIsClosed() {
    await().untilAsserted(() -> assertThat(OnnxModelProvider.loaded()).isZero());
  }

  private Path version(int number) throws Exception {
    return new TinyModel().shiftedBy(number).write(directory.resolve("v" + number));
  }

  private Path current() {
    return directory.resolve("current");
  }

  /** As {@code ln -sfn} cannot, but {@code mv -T} can: nobody sees a moment without a link. */
  private void link(Path version) throws Exception {
    Path link = directory.resolve("next");
    Files.createSymbolicLink(link, version);
    Files.move(link, current(), StandardCopyOption.ATOMIC_MOVE);
  }

  private ModelSpec spec() {
    return TestModels.spec("tiny", TaskType.EMBEDDING, current()).reloadedEvery(OFTEN_MS);
  }

  private static float answer(InferenceEngine engine) throws Exception {
    List<Output> outputs = new ArrayList<>();
    EngineRow row = new EngineRow(new int[] {TOKEN}, Parameters.getDefaultInstance(), 0);
    engine.run(List.of(row), (position, output) -> outputs.add(output));
    return outputs.get(0).getEmbedding(1);
  }

  private static EngineLease next(EngineLease lease) {
    List<EngineLease> successors = new ArrayList<>();
    await()
        .until(
            () -> {
              lease.successor().ifPresent(successors::add);
              return !successors.isEmpty();
            });
    return successors.get(0);
  }

  @Test
  void aChangedLinkBringsTheNewVersionAndTheOldOneStaysUntilItIsLetGo() throws Exception {
    link(version(0));
    EngineLease old = provider.engines(spec());
    link(version(4));
    EngineLease newer = next(old);

    assertThat(answer(old.engines().get(0))).isEqualTo(3);
    assertThat(answer(newer.engines().get(0))).isEqualTo(7);
    assertThat(newer.engines().get(0).identity().digest())
        .isNotEqualTo(old.engines().get(0).identity().digest());
    assertThat(OnnxModelProvider.loaded()).isEqualTo(2);
    try (EngineLease late = provider.engines(spec())) {
      assertThat(late.engines()).isEqualTo(newer.engines());
    }
    old.close();
    await().untilAsserted(() -> assertThat(OnnxModelProvider.loaded()).isEqualTo(1));
    assertThat(answer(newer.engines().get(0))).isEqualTo(7);
    newer.close();
  }

  @Test
  void aDirectoryThatAnotherTakesThePlaceOfIsANewVersion() throws Exception {
    Files.move(version(0), current());
    EngineLease old = provider.engines(spec());
    Files.move(current(), directory.resolve("old"));
    Files.move(version(1), current());
    try (EngineLease newer = next(old)) {
      old.close();
      assertThat(answer(newer.engines().get(0))).isEqualTo(4);
    }
  }

  @Test
  void aVersionThatFailsItsProbeOrIsAnotherModelChangesNothing() throws Exception {
    link(version(0));
    try (EngineLease lease = provider.engines(spec())) {
      Path broken = version(1);
      byte[] whole = Files.readAllBytes(broken.resolve("model.onnx"));
      Files.write(broken.resolve("model.onnx"), Arrays.copyOf(whole, whole.length / 2));
      link(broken);
      await().untilAsserted(() -> assertThat(lease.failedReloads()).isEqualTo(1));

      Path nan = new TinyModel().shiftedBy(Float.NaN).write(directory.resolve("nan"));
      link(nan);
      await().untilAsserted(() -> assertThat(lease.failedReloads()).isEqualTo(2));

      Path other = version(2);
      Path tokenizer = other.resolve("tokenizer.json");
      Files.writeString(tokenizer, Files.readString(tokenizer).replace("w7", "w8"));
      link(other);
      await().untilAsserted(() -> assertThat(lease.failedReloads()).isEqualTo(3));

      Path sums = version(3);
      Files.writeString(sums.resolve("SHA256SUMS"), "0".repeat(64) + "  model.onnx\n");
      link(sums);
      await().untilAsserted(() -> assertThat(lease.failedReloads()).isEqualTo(4));

      assertThat(lease.successor()).isEmpty();
      assertThat(answer(lease.engines().get(0))).isEqualTo(3);
      assertThat(OnnxModelProvider.loaded()).isEqualTo(1);

      link(version(5));
      try (EngineLease newer = next(lease)) {
        assertThat(answer(newer.engines().get(0))).isEqualTo(8);
      }
    }
  }

  /** A restart knows nothing of what was refused; it must say the same, and forget it, too. */
  @Test
  void aVersionThatFailsItsProbeIsRefusedAtStartUntilTheEarlierOneIsBack() throws Exception {
    Path cut = version(1);
    byte[] whole = Files.readAllBytes(cut.resolve("model.onnx"));
    Files.write(cut.resolve("model.onnx"), Arrays.copyOf(whole, whole.length / 2));
    link(cut);
    assertThatThrownBy(() -> provider.engines(spec()))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("model.onnx");
    link(new TinyModel().shiftedBy(Float.NaN).write(directory.resolve("nan")));
    assertThatThrownBy(() -> provider.engines(spec()))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll("model tiny", "NaN");
    link(version(0));
    try (EngineLease lease = provider.engines(spec())) {
      assertThat(answer(lease.engines().get(0))).isEqualTo(3);
    }
  }

  @Test
  void aDifferenceThatNeedsARestartIsNamed() throws Exception {
    link(version(0));
    DirectoryVersions source = new DirectoryVersions(spec());
    try (EngineLease lease = provider.engines(spec())) {
      assertThat(lease.failedReloads()).isZero();
      DirectoryVersion serving =
          new DirectoryVersion(
              ModelContract.of(OnnxModelProvider.directory(spec()), TaskType.EMBEDDING),
              lease.engines().get(0).identity().digest(),
              List.of());
      assertThat(source.load(serving)).isEmpty();
      Path other = version(1);
      Files.writeString(
          other.resolve("config.json"), "{\"max_position_embeddings\": 32, \"pad_token_id\": 0}");
      Files.writeString(
          other.resolve("tokenizer.json"),
          Files.readString(other.resolve("tokenizer.json")).replace("w7", "w8"));
      link(other);
      assertThatThrownBy(() -> source.load(serving))
          .hasMessageContainingAll("limits", "tokenizer.json", "restart the job");
    }
  }

  /** Callers change whenever there is something newer, as subtasks do, under constant load. */
  @Test
  void nothingIsLostOrMixedWhileVersionsChangeUnderLoad() throws Exception {
    int callers = 4;
    int changes = 6;
    link(version(0));
    Map<String, Float> shifts = new ConcurrentHashMap<>();
    AtomicBoolean done = new AtomicBoolean();
    Set<String> seen = ConcurrentHashMap.newKeySet();
    ExecutorService threads = Executors.newFixedThreadPool(callers);
    EngineLease watcher = provider.engines(spec());
    shifts.put(digest(watcher), 0f);
    List<Future<Integer>> runs = new ArrayList<>();
    for (int caller = 0; caller < callers; caller++) {
      runs.add(threads.submit(() -> runUntil(done, shifts, seen)));
    }
    for (int change = 1; change <= changes; change++) {
      Path version = version(change);
      shifts.put(ModelDirectory.openLocal(version).digest(), (float) change);
      link(version);
      EngineLease older = watcher;
      watcher = next(older);
      older.close();
      String serving = digest(watcher);
      await().until(() -> seen.contains(serving));
    }
    done.set(true);
    for (Future<Integer> run : runs) {
      assertThat(run.get()).isPositive();
    }
    threads.shutdown();
    assertThat(seen).containsAll(shifts.keySet());
    watcher.close();
  }

  private static String digest(EngineLease lease) {
    return lease.engines().get(0).identity().digest();
  }

  private int runUntil(AtomicBoolean done, Map<String, Float> shifts, Set<String> seen)
      throws Exception {
    EngineRow row = new EngineRow(new int[] {TOKEN}, Parameters.getDefaultInstance(), 0);
    List<EngineRow> batch = Collections.nCopies(8, row);
    EngineLease lease = provider.engines(spec());
    int runs = 0;
    while (!done.get()) {
      Optional<EngineLease> newer = lease.successor();
      if (newer.isPresent()) {
        lease.close();
        lease = newer.get();
      }
      float expected = 3 + shifts.get(digest(lease));
      List<Float> answers = new ArrayList<>();
      lease.engines().get(0).run(batch, (position, output) -> answers.add(output.getEmbedding(1)));
      assertThat(answers).hasSize(8).allSatisfy(x -> assertThat(x).isCloseTo(expected, within(0f)));
      seen.add(digest(lease));
      runs++;
    }
    lease.close();
    return runs;
  }
}
