package org.openautoglm.jobs.topology;

import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.openautoglm.operators.Refused;
import org.openautoglm.operators.admission.AdmitFunction;
import org.openautoglm.operators.batching.BatchKeys;
import org.openautoglm.operators.batching.MicroBatchWindowFactory;
import org.openautoglm.operators.decode.DecodeFunction;
import org.openautoglm.operators.preparation.PrepareFunction;
import org.openautoglm.operators.settlement.RefuseFunction;
import org.openautoglm.operators.settlement.SettleFunction;
import org.openautoglm.operators.types.MessageTypeInformation;
import org.openautoglm.operators.types.OutputRecordTypeInformation;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.OutputRecord;
import org.openautoglm.schemas.flow.PreparedPrompt;
import org.openautoglm.schemas.flow.Prompt;
import org.openautoglm.schemas.flow.PromptRecord;

/**
 * The way of a prompt.
 *
 * <pre>
 * prompts ─▶ decode ─▶ admit ─▶ prepare ─▶ keyBy(model, shard) ─▶ window + infer ─▶ settle ─▶ answers
 *               │         │        │
 *               └─────────┴────────┴─▶ settle refused ─▶ refusals
 * </pre>
 *
 * <p>Each of the two sinks writes every topic it needs in one transaction for each checkpoint, so
 * that a result and its audit event become visible together. Refusals have a sink of their own, so
 * that they overtake what waits for a device and the other sink stays chained to the window: a
 * prompt crosses the network once.
 */
public final class InferenceTopology {

  /**
   * Where records come from and go to; tests pass their own.
   *
   * @param prompts the prompts topic
   * @param answers takes results and audit events of what ran
   * @param refusals takes error results, dead letters and audit events of what did not
   */
  public record Ends(
      Source<PromptRecord, ?, ?> prompts,
      Sink<OutputRecord> answers,
      Sink<OutputRecord> refusals) {}

  private InferenceTopology() {}

  /** Adds the job to an environment. */
  public static void build(StreamExecutionEnvironment env, TopologySpec spec, Ends ends) {
    BatchKeys batchKeys = BatchKeys.of(spec.models(), env.getMaxParallelism());

    DataStream<PromptRecord> prompts =
        env.fromSource(
                ends.prompts(), WatermarkStrategy.noWatermarks(), Stage.PROMPTS.displayName())
            .uid(Stage.PROMPTS.uid());

    SingleOutputStreamOperator<Prompt> decoded =
        named(
            Stage.DECODE,
            (spec.rebalance() ? prompts.rebalance() : prompts)
                .process(
                    new DecodeFunction(spec.requestLimits()),
                    MessageTypeInformation.ofMessage(Prompt.class)));

    SingleOutputStreamOperator<Prompt> admitted =
        named(
            Stage.ADMIT,
            decoded.process(
                new AdmitFunction(spec.models()), MessageTypeInformation.ofMessage(Prompt.class)));

    SingleOutputStreamOperator<PreparedPrompt> prepared =
        named(
            Stage.PREPARE,
            admitted.process(
                new PrepareFunction(spec.models(), spec.provider(), batchKeys),
                MessageTypeInformation.ofMessage(PreparedPrompt.class)));

    SingleOutputStreamOperator<AnsweredPrompt> answered =
        named(
            Stage.WINDOW,
            prepared
                .keyBy(PreparedPrompt::getBatchKey, Types.STRING)
                .transform(
                    Stage.WINDOW.displayName(),
                    MessageTypeInformation.ofMessage(AnsweredPrompt.class),
                    new MicroBatchWindowFactory(spec.window(batchKeys))));

    named(
            Stage.SETTLE,
            answered.flatMap(
                new SettleFunction(spec.outputs(), spec.tracing()),
                new OutputRecordTypeInformation()))
        .sinkTo(ends.answers())
        .uid(Stage.ANSWERS.uid())
        .name(Stage.ANSWERS.displayName());

    named(
            Stage.SETTLE_REFUSED,
            decoded
                .getSideOutput(Refused.TAG)
                .union(admitted.getSideOutput(Refused.TAG), prepared.getSideOutput(Refused.TAG))
                .flatMap(
                    new RefuseFunction(spec.outputs(), spec.tracing()),
                    new OutputRecordTypeInformation()))
        .sinkTo(ends.refusals())
        .uid(Stage.REFUSALS.uid())
        .name(Stage.REFUSALS.displayName());
  }

  private static <T> SingleOutputStreamOperator<T> named(
      Stage stage, SingleOutputStreamOperator<T> operator) {
    return operator.uid(stage.uid()).name(stage.displayName());
  }
}
