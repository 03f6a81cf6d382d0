package org.openautoglm.operators.batching;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.BatchingSpec.Policy;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RetrySpec;
import org.openautoglm.operators.inference.Tokens;
import org.openautoglm.operators.testing.ScriptedEngine;
import org.openautoglm.operators.testing.TestingModelProvider;
import org.openautoglm.operators.testing.TestingModels;
import org.openautoglm.operators.testing.TestingModels.CodedException;
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

  private static Map<String, Integer> run(ScriptedEngine engine) throws Exception {
    BatchingSpec batching = new BatchingSpec(4, 1_024, 1, 6, Policy.FIRST_COME_FIRST_SERVED, 100);
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
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(2);
    env.setMaxParallelism(128);
    env.enableCheckpointing(50);
    List<AnsweredPrompt> results =
        env.fromSequence(1, REQUESTS)
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
                new MicroBatchWindowFactory(config))
            .executeAndCollect(2 * REQUESTS);
    Map<String, Integer> answers = new HashMap<>();
    for (AnsweredPrompt answer : results) {
      assertThat(answer.getOutcomesList()).hasSize(2).allMatch(end -> end.hasOutput());
      assertThat(answer.getOutcomes(1).getOutput().getEmbedding(0))
          .isEqualTo(Tokens.unpack(answer.getPrompt().getRows(1).getTokens())[0]);
      answers.merge(answer.getPrompt().getRequest().getRequestId(), 1, Integer::sum);
    }
    assertThat(provider.openLeases()).isZero();
    return answers;
  }
}
