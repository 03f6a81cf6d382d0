package org.openautoglm.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.checkpoint.AbstractCheckpointStats;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.test.junit5.InjectMiniCluster;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.BatchingSpec.Policy;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RetrySpec;
import org.openautoglm.operators.inference.Tokens;
import org.openautoglm.operators.inference.WaitingSpec;
import org.openautoglm.operators.inference.WaitingSpec.Overload;
import org.openautoglm.operators.testing.ScriptedEngine;
import org.openautoglm.operators.testing.TestingModelProvider;
import org.openautoglm.operators.testing.TestingModels;
import org.openautoglm.operators.testing.TestingModels.CodedException;
import org.openautoglm.operators.testing.TestingPrompts;
import org.openautoglm.operators.types.MessageTypeInformation;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.PreparedPrompt;

/**
 * The window in real tasks, with real mailboxes, timers and lanes: pools so small that every other
 * element yields and failures that send rows back.
 */
class WindowClusterTest {
  private static final int REQUESTS = 20_000;

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(2)
              .build());

  @Test
  void everyRequestIsAnsweredOnceWhileEveryElementYields() throws Exception {
    ExecutorService lanes = Executors.newFixedThreadPool(2);
    try {
      AtomicInteger runs = new AtomicInteger();
      ScriptedEngine engine = new ScriptedEngine(new Device("cpu", 2, lanes));
      engine.script(
          (rows, sink) -> {
            int run = runs.incrementAndGet();
            if (run % 97 == 0) {
              throw new CodedException(FailureCode.MODEL_UNAVAILABLE, "not now");
            }
            if (run % 31 == 0 && rows.size() > 1) {
              sink.complete(0, ScriptedEngine.answer(rows.get(0)));
              throw new CodedException(FailureCode.DEVICE_OUT_OF_MEMORY, "too much");
            }
            ScriptedEngine.answerAll(rows, sink);
          });
      Map<String, Integer> answers = run(engine);
      assertThat(answers).hasSize(REQUESTS);
      assertThat(answers.values()).allMatch(count -> count == 1);
      assertThat(engine.rowsRun()).isGreaterThan(2 * REQUESTS);
    } finally {
      lanes.shutdown();
    }
  }

  /**
   * Checkpoints overtake what lies in the network buffers before a window that pushes back, and the
   * job comes back from several of them.
   */
  @Test
  void unalignedCheckpointsHoldWhatTheyOvertake(@InjectMiniCluster MiniCluster cluster)
      throws Exception {
    ExecutorService lanes = Executors.newFixedThreadPool(2);
    try {
      AtomicInteger runs = new AtomicInteger();
      ScriptedEngine engine = new ScriptedEngine(new Device("cpu", 2, lanes));
      engine.script(
          (rows, sink) -> {
            if (runs.incrementAndGet() % 1_500 == 0) {
              throw new LinkageError("a fault of the process, on purpose");
            }
            LockSupport.parkNanos(200_000);
            ScriptedEngine.answerAll(rows, sink);
          });
      StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
      env.configure(
          new Configuration()
              .set(CheckpointingOptions.ENABLE_UNALIGNED, true)
              .set(CheckpointingOptions.ALIGNED_CHECKPOINT_TIMEOUT, Duration.ZERO)
              .set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay")
              .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 100)
              .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ZERO));
      answers(env, engine, new WaitingSpec(1 << 20, 20, 1 << 20, Overload.BLOCK))
          .flatMap(new Counted())
          .setParallelism(1)
          .sinkTo(new DiscardingSink<>());
      JobClient job = env.executeAsync("unaligned");
      job.getJobExecutionResult().get();
      assertThat(Counted.seen.cardinality()).isEqualTo(REQUESTS);
      assertThat(Counted.TWICE).isEmpty();
      assertThat(runs.get()).as("a few failures").isGreaterThan(3 * 1_500);
      long overtaken =
          cluster
              .getArchivedExecutionGraph(job.getJobID())
              .get()
              .getCheckpointStatsSnapshot()
              .getHistory()
              .getCheckpoints()
              .stream()
              .mapToLong(AbstractCheckpointStats::getPersistedData)
              .sum();
      assertThat(overtaken).as("bytes in flight that went into checkpoints").isPositive();
    } finally {
      lanes.shutdown();
    }
  }

  /** What has come, as of the last checkpoint and since. */
  private static final class Counted
      implements FlatMapFunction<AnsweredPrompt, String>, CheckpointedFunction {
    private static final long serialVersionUID = 1L;
    static final List<String> TWICE = new CopyOnWriteArrayList<>();
    static volatile BitSet seen;
    private transient ListState<byte[]> state;

    @Override
    public void flatMap(AnsweredPrompt answer, Collector<String> out) {
      String id = answer.getPrompt().getRequest().getRequestId();
      int number = Integer.parseInt(id.substring(1));
      if (seen.get(number)) {
        TWICE.add(id);
      }
      seen.set(number);
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
      state =
          context
              .getOperatorStateStore()
              .getListState(
                  new ListStateDescriptor<>(
                      "seen", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
      seen = new BitSet();
      for (byte[] bits : state.get()) {
        seen.or(BitSet.valueOf(bits));
      }
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
      state.update(List.of(seen.toByteArray()));
    }
  }

  private static Map<String, Integer> run(ScriptedEngine engine) throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    return count(
        answers(env, engine, new WaitingSpec(1 << 20, 0, 0, Overload.BLOCK))
            .executeAndCollect(2 * REQUESTS));
  }

  private static DataStream<AnsweredPrompt> answers(
      StreamExecutionEnvironment env, ScriptedEngine engine, WaitingSpec waiting) {
    BatchingSpec batching =
        new BatchingSpec(4, 1_024, 1, 6, Policy.FIRST_COME_FIRST_SERVED, 100).with(waiting);
    ModelSpec plain = TestingModels.model("m", 3, batching);
    ModelSpec model =
        new ModelSpec(
            plain.name(),
            plain.task(),
            plain.path(),
            plain.device(),
            plain.shards(),
            plain.encoder(),
            batching,
            new RetrySpec(50, 1, 5));
    TestingModelProvider provider = new TestingModelProvider().with("m", engine);
    BatchKeys keys = BatchKeys.of(List.of(model), 128);
    WindowConfig config =
        new WindowConfig(List.of(model), provider, TestingModels.CLASSIFIER, keys, 0);
    env.setParallelism(2);
    env.setMaxParallelism(128);
    env.enableCheckpointing(50);
    return env.fromSequence(1, REQUESTS)
        .map(
            n -> {
              int number = n.intValue();
              String key = keys.keyFor("m", number);
              return TestingPrompts.prompt("m", key, "r" + n, number, 1 + number % 9, 3);
            })
        .returns(MessageTypeInformation.ofMessage(PreparedPrompt.class))
        .keyBy(PreparedPrompt::getBatchKey)
        .transform(
            "window",
            MessageTypeInformation.ofMessage(AnsweredPrompt.class),
            new MicroBatchWindowFactory(config));
  }

  private static Map<String, Integer> count(List<AnsweredPrompt> results) {
    Map<String, Integer> answers = new HashMap<>();
    for (AnsweredPrompt answer : results) {
      assertThat(answer.getOutcomesList()).hasSize(2).allMatch(end -> end.hasOutput());
      assertThat(answer.getOutcomes(1).getOutput().getEmbedding(0))
          .isEqualTo(Tokens.unpack(answer.getPrompt().getRows(1).getTokens())[0]);
      answers.merge(answer.getPrompt().getRequest().getRequestId(), 1, Integer::sum);
    }
    return answers;
  }
}
