package org.openautoglm.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.testing.ScriptedEngine;
import org.openautoglm.operators.testing.TestingModelProvider;
import org.openautoglm.operators.testing.TestingModels;
import org.openautoglm.operators.testing.TestingPrompts;
import org.openautoglm.operators.types.MessageTypeInformation;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.PreparedPrompt;

/**
 * What is in the savepoint that ends a job is not answered by that job: nothing takes such an
 * answer back where results are visible at once.
 */
@Timeout(240)
class StopWithSavepointTest {
  private static final Map<String, Integer> ANSWERS = new ConcurrentHashMap<>();
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final AtomicInteger RUNNING = new AtomicInteger();
  private static volatile CountDownLatch device = new CountDownLatch(0);
  private static volatile boolean stopping;

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(1)
              .build());

  @Test
  void answersWhatIsInItOnlyAfterwards(@TempDir Path directory) throws Exception {
    ExecutorService lanes = Executors.newFixedThreadPool(2);
    try {
      JobClient job = start(lanes, Optional.empty());
      await().atMost(PATIENCE).until(() -> ANSWERS.size() > 100);
      device = new CountDownLatch(1);
      await().atMost(PATIENCE).until(() -> RUNNING.get() == 2);
      stopping = true;
      String savepoint =
          job.stopWithSavepoint(false, directory.toString(), SavepointFormatType.CANONICAL)
              .get(2, TimeUnit.MINUTES);
      stopping = false;
      int answered = ANSWERS.size();

      JobClient next = start(lanes, Optional.of(savepoint));
      await().atMost(PATIENCE).until(() -> ANSWERS.size() > answered + 500);
      next.cancel().get(2, TimeUnit.MINUTES);
      assertThat(ANSWERS.values()).as("answers of a prompt").containsOnly(1);
      assertThat(ANSWERS.keySet())
          .as("the first prompts")
          .containsAll(IntStream.rangeClosed(1, answered).mapToObj(i -> "r" + i).toList());
    } finally {
      lanes.shutdown();
    }
  }

  private static JobClient start(ExecutorService lanes, Optional<String> savepoint)
      throws Exception {
    ScriptedEngine engine = new ScriptedEngine(new Device("cpu", 2, lanes));
    engine.script(
        (rows, sink) -> {
          RUNNING.incrementAndGet();
          device.await();
          ScriptedEngine.answerAll(rows, sink);
          RUNNING.decrementAndGet();
        });
    ModelSpec model = TestingModels.model("m", 1, TestingModels.BATCHING);
    BatchKeys keys = BatchKeys.of(List.of(model), 128);
    WindowConfig config =
        new WindowConfig(
            List.of(model),
            new TestingModelProvider().with("m", engine),
            TestingModels.CLASSIFIER,
            keys,
            0);
    Configuration flink = new Configuration();
    savepoint.ifPresent(path -> flink.set(StateRecoveryOptions.SAVEPOINT_PATH, path));
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(flink);
    env.setParallelism(1);
    env.setMaxParallelism(128);
    env.enableCheckpointing(50, CheckpointingMode.AT_LEAST_ONCE);
    env.fromSequence(1, Long.MAX_VALUE)
        .uid("numbers")
        .map(
            n -> {
              LockSupport.parkNanos(200_000);
              return TestingPrompts.prompt("m", keys.keyFor("m", 0), "r" + n, n.intValue(), 3);
            })
        .returns(MessageTypeInformation.ofMessage(PreparedPrompt.class))
        .uid("prompts")
        .keyBy(PreparedPrompt::getBatchKey)
        .transform(
            "window",
            MessageTypeInformation.ofMessage(AnsweredPrompt.class),
            new MicroBatchWindowFactory(config))
        .uid("window")
        .rebalance()
        .map(new Reader())
        .uid("reader")
        .sinkTo(new DiscardingSink<>())
        .uid("nowhere");
    return env.executeAsync("stop with savepoint");
  }

  /** Counts answers; the savepoint waits here while the device goes on. */
  private static final class Reader extends RichMapFunction<AnsweredPrompt, String>
      implements CheckpointedFunction {
    private static final long serialVersionUID = 1L;

    @Override
    public String map(AnsweredPrompt answer) {
      String id = answer.getPrompt().getRequest().getRequestId();
      ANSWERS.merge(id, 1, Integer::sum);
      return id;
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) {
      if (stopping) {
        device.countDown();
        await().atMost(PATIENCE).until(() -> RUNNING.get() == 0);
        // Long enough for a window that would answer now; one that does not is not waited for.
        await().pollDelay(Duration.ofMillis(500)).until(() -> true);
      }
    }

    @Override
    public void initializeState(FunctionInitializationContext context) {}
  }
}
