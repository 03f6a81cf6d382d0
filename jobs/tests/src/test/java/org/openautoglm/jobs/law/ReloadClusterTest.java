package org.openautoglm.jobs.law;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.operators.batching.BatchKeys;
import org.openautoglm.operators.batching.MicroBatchWindowFactory;
import org.openautoglm.operators.batching.WindowConfig;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.BatchingSpec.Policy;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.model.ModelDirectory;
import org.openautoglm.operators.inference.model.TinyModel;
import org.openautoglm.operators.inference.onnx.OnnxFailureClassifier;
import org.openautoglm.operators.inference.onnx.OnnxModelProvider;
import org.openautoglm.operators.testing.TestModels;
import org.openautoglm.operators.testing.TestingPrompts;
import org.openautoglm.operators.types.MessageTypeInformation;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.PreparedPrompt;
import org.openautoglm.schemas.flow.RowOutcome;

/** A running job whose model's directory changes: no restart, nothing lost, each answer its own. */
class ReloadClusterTest {
  private static final int REQUESTS = 6_000;
  private static final int VERSIONS = 3;
  private static final int TOKEN = 3;

  /** Where the job's own threads find the versions: digest to what it adds to the answers. */
  private static final Map<String, Float> SHIFTS = new ConcurrentHashMap<>();

  /** Digests of the versions that have answered something. */
  private static final Set<String> ANSWERED = ConcurrentHashMap.newKeySet();

  private static volatile Path place;

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(2)
              .build());

  private static ModelSpec spec() {
    ModelSpec plain = TestModels.spec("m", TaskType.EMBEDDING, place.resolve("current"));
    return new ModelSpec(
            plain.name(),
            plain.task(),
            plain.path(),
            plain.quantization(),
            plain.device(),
            3,
            plain.encoder(),
            new BatchingSpec(4, 1_024, 0, 64, Policy.FIRST_COME_FIRST_SERVED, 100),
            plain.retry(),
            plain.generation())
        .reloadedEvery(10);
  }

  private static void link(int version) throws Exception {
    Path next = Files.createSymbolicLink(place.resolve("next"), place.resolve("v" + version));
    Files.move(next, place.resolve("current"), StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * Changes the version when the one before has answered something, however far ahead of the
   * windows the prompts are, and waits until it serves in this process.
   */
  private static void change(int version) {
    try {
      await().until(() -> ANSWERED.size() == version);
      link(version);
      await()
          .until(
              () -> {
                try (EngineLease lease = new OnnxModelProvider().engines(spec())) {
                  String digest = lease.engines().get(0).identity().digest();
                  return SHIFTS.get(digest) == version;
                }
              });
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void everyRequestIsAnsweredOnceByTheVersionThatItsAuditNames(@TempDir Path directory)
      throws Exception {
    place = directory;
    SHIFTS.clear();
    ANSWERED.clear();
    for (int version = 0; version < VERSIONS; version++) {
      Path written = new TinyModel().shiftedBy(version).write(directory.resolve("v" + version));
      SHIFTS.put(ModelDirectory.openLocal(written).digest(), (float) version);
    }
    link(0);

    Set<String> requests = new HashSet<>();
    Map<String, Integer> answersOf = new HashMap<>();
    for (AnsweredPrompt answer : run()) {
      assertThat(requests.add(answer.getPrompt().getRequest().getRequestId())).isTrue();
      assertThat(answer.getOutcomesCount()).isEqualTo(2);
      for (int row = 0; row < 2; row++) {
        RowOutcome outcome = answer.getOutcomes(row);
        String own = outcome.getRun().getModelDigest();
        String digest = own.isEmpty() ? answer.getModelDigest() : own;
        assertThat(outcome.getOutput().getEmbedding(1)).isEqualTo(TOKEN + row + SHIFTS.get(digest));
        answersOf.merge(digest, 1, Integer::sum);
      }
    }
    assertThat(requests).hasSize(REQUESTS);
    assertThat(answersOf).containsOnlyKeys(SHIFTS.keySet());
  }

  private static List<AnsweredPrompt> run() throws Exception {
    List<ModelSpec> models = List.of(spec());
    BatchKeys keys = BatchKeys.of(models, 128);
    WindowConfig config =
        new WindowConfig(models, new OnnxModelProvider(), new OnnxFailureClassifier(), keys, 0);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(2);
    env.setMaxParallelism(128);
    env.enableCheckpointing(50);
    return env.fromSequence(1, REQUESTS)
        .setParallelism(1)
        .map(
            n -> {
              if (n == REQUESTS / 5 || n == REQUESTS * 4 / 5) {
                change(n < REQUESTS / 2 ? 1 : 2);
              }
              String key = keys.keyFor("m", n.intValue());
              return TestingPrompts.prompt("m", key, "r" + n, TOKEN, 1, 2);
            })
        .setParallelism(1)
        .returns(MessageTypeInformation.ofMessage(PreparedPrompt.class))
        .keyBy(PreparedPrompt::getBatchKey)
        .transform(
            "window",
            MessageTypeInformation.ofMessage(AnsweredPrompt.class),
            new MicroBatchWindowFactory(config))
        .map(
            answer -> {
              ANSWERED.add(answer.getModelDigest());
              return answer;
            })
        .returns(MessageTypeInformation.ofMessage(AnsweredPrompt.class))
        .executeAndCollect(2 * REQUESTS);
  }
}
