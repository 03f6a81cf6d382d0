package org.openautoglm.operators.batching;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.openautoglm.operators.inference.BatchingSpec;
import org.openautoglm.operators.inference.Device;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.testing.NoOpEngine;
import org.openautoglm.operators.testing.TestingModelProvider;
import org.openautoglm.operators.testing.TestingModels;
import org.openautoglm.operators.testing.TestingPrompts;
import org.openautoglm.operators.types.MessageTypeInformation;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.PreparedPrompt;

/**
 * What the window costs: requests of one row through the operator with an engine that answers at
 * once, against the same job with a map in the operator's place. Parallelism 1, in one process.
 *
 * <p>Run its main with the test class path; the argument is the number of requests.
 */
public final class WindowBenchmark {
  private static final int ROUNDS = 4;

  private WindowBenchmark() {}

  /** Prints both rates, requests a second, and their ratio, for each round. */
  public static void main(String[] args) throws Exception {
    long requests = args.length > 0 ? Long.parseLong(args[0]) : 2_000_000;
    ExecutorService lane = Executors.newSingleThreadExecutor();
    try {
      for (int round = 1; round <= ROUNDS; round++) {
        double bare = requestsPerSecond(requests, null);
        double window = requestsPerSecond(requests, new Device("cpu", 1, lane));
        System.out.printf(
            Locale.ROOT,
            "round %d: bare %,.0f/s, window %,.0f/s, ratio %.2f%n",
            round,
            bare,
            window,
            window / bare);
      }
    } finally {
      lane.shutdown();
    }
  }

  private static double requestsPerSecond(long requests, Device device) throws Exception {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(1, new Configuration());
    env.getConfig().enableObjectReuse();
    env.enableCheckpointing(1_000);
    ModelSpec model =
        TestingModels.model(
            "m",
            new BatchingSpec(
                32, 1_024, 0, 4_096, BatchingSpec.Policy.FIRST_COME_FIRST_SERVED, 100));
    BatchKeys keys = BatchKeys.of(List.of(model), 128);
    String key = keys.keyFor("m", 0);
    PreparedPrompt template = TestingPrompts.prompt("m", key, "id", 1, 16);
    DataStream<PreparedPrompt> prompts =
        env.fromSequence(1, requests)
            .map(
                n ->
                    template.toBuilder()
                        .setRequest(template.getRequest().toBuilder().setRequestId("r-" + n))
                        .build())
            .returns(MessageTypeInformation.ofMessage(PreparedPrompt.class));
    MessageTypeInformation<AnsweredPrompt> answers =
        MessageTypeInformation.ofMessage(AnsweredPrompt.class);
    if (device == null) {
      prompts
          .keyBy(PreparedPrompt::getBatchKey)
          .map(prompt -> AnsweredPrompt.newBuilder().setPrompt(prompt).build())
          .returns(answers)
          .sinkTo(new DiscardingSink<>());
    } else {
      WindowConfig config =
          new WindowConfig(
              List.of(model),
              new TestingModelProvider().with("m", new NoOpEngine(device)),
              TestingModels.CLASSIFIER,
              keys,
              0);
      prompts
          .keyBy(PreparedPrompt::getBatchKey)
          .transform("window", answers, new MicroBatchWindowFactory(config))
          .sinkTo(new DiscardingSink<>());
    }
    JobExecutionResult result = env.execute();
    return requests * 1_000.0 / result.getNetRuntime();
  }
}
