package org.openautoglm.jobs.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.api.functions.async.RichAsyncFunction;
import org.openautoglm.jobs.configuration.JobConfiguration;
import org.openautoglm.jobs.kafka.KafkaEnds;
import org.openautoglm.jobs.topology.InferenceJob;
import org.openautoglm.operators.FlinkTaskContext;
import org.openautoglm.operators.decode.DecodeFunction;
import org.openautoglm.operators.inference.EngineLease;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.InferenceEngine;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.inference.onnx.OnnxModelProvider;
import org.openautoglm.operators.types.MessageTypeInformation;
import org.openautoglm.operators.types.OutputRecordTypeInformation;
import org.openautoglm.schemas.flow.OutputRecord;
import org.openautoglm.schemas.flow.OutputRecord.Destination;
import org.openautoglm.schemas.flow.Prompt;
import org.openautoglm.schemas.json.JsonResultWriter;
import org.openautoglm.schemas.request.RequestLimits;
import org.openautoglm.schemas.wire.InferenceResult;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.Parameters;
import org.openautoglm.schemas.wire.Status;

/**
 * What people write first: Flink's asynchronous operator, a record at a time, on the same engine
 * and the same ends.
 */
final class UnbatchedJob {
  private static final int CAPACITY = 64;

  private UnbatchedJob() {}

  static void define(
      StreamExecutionEnvironment env, JobConfiguration configuration, ModelSpec model, int callers)
      throws Exception {
    InferenceJob.configure(env, configuration);
    KafkaEnds ends =
        KafkaEnds.of(
            configuration.kafka(),
            configuration.delivery(),
            configuration.limits().maxRecordBytes(),
            configuration.limits().maxResultBytes());
    DataStream<Prompt> prompts =
        env.fromSource(ends.prompts(), WatermarkStrategy.noWatermarks(), "prompts")
            .uid("unbatched-prompts")
            .process(
                new DecodeFunction(RequestLimits.DEFAULT),
                MessageTypeInformation.ofMessage(Prompt.class))
            .uid("unbatched-decode");
    AsyncDataStream.unorderedWait(
            prompts.rebalance(), new RunAlone(model, callers), 10, TimeUnit.MINUTES, CAPACITY)
        .returns(new OutputRecordTypeInformation())
        .uid("unbatched-run")
        .sinkTo(ends.answers())
        .uid("unbatched-answers");
  }

  private static final class RunAlone extends RichAsyncFunction<Prompt, OutputRecord> {
    private static final long serialVersionUID = 1L;

    private final ModelSpec model;
    private final int callers;
    private transient RowPreparer preparer;
    private transient EngineLease lease;
    private transient InferenceEngine engine;
    private transient ExecutorService threads;

    RunAlone(ModelSpec model, int callers) {
      this.model = model;
      this.callers = callers;
    }

    @Override
    public void open(OpenContext context) throws Exception {
      preparer = new OnnxModelProvider().preparer(model);
      lease = new OnnxModelProvider().engines(model, new FlinkTaskContext(getRuntimeContext()));
      engine = lease.engines().get(0);
      threads = Executors.newFixedThreadPool(callers);
    }

    @Override
    public void asyncInvoke(Prompt prompt, ResultFuture<OutputRecord> future) {
      threads.execute(
          () -> {
            try {
              int[] tokens = preparer.prepare(prompt.getRequest().getInputs(0));
              engine.run(
                  List.of(new EngineRow(tokens, Parameters.getDefaultInstance(), 0)),
                  (position, output) -> future.complete(List.of(record(prompt, output))));
            } catch (Exception e) {
              future.completeExceptionally(e);
            }
          });
    }

    private static OutputRecord record(Prompt prompt, Output output) {
      InferenceResult result =
          InferenceResult.newBuilder()
              .setRequestId(prompt.getRequest().getRequestId())
              .setModelId(prompt.getRequest().getModelId())
              .setStatus(Status.OK)
              .addOutputs(output)
              .build();
      return new OutputRecord(
          Destination.RESULTS,
          result.getRequestId().getBytes(UTF_8),
          new JsonResultWriter().write(result),
          List.of());
    }

    @Override
    public void close() throws Exception {
      if (threads != null) {
        threads.shutdownNow();
        threads.awaitTermination(1, TimeUnit.MINUTES);
      }
      if (lease != null) {
        lease.close();
        preparer.close();
      }
    }
  }
}
