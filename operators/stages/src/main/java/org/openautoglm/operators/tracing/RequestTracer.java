package org.openautoglm.operators.tracing;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.concurrent.TimeUnit;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.openautoglm.operators.Epoch;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.Origin;
import org.openautoglm.schemas.flow.Refusal;
import org.openautoglm.schemas.wire.Coordinates;
import org.openautoglm.schemas.wire.Error;
import org.openautoglm.schemas.wire.InferenceRequest;
import org.openautoglm.schemas.wire.InferenceResult;
import org.openautoglm.schemas.wire.RowAudit;
import org.openautoglm.schemas.wire.Status;

/**
 * Traces requests as they settle: one span for each, with a child for each stage, under the {@code
 * traceparent} of its record where it has one. All of a request's spans are made at once, from what
 * the stages measured, so nothing travels through the job and its state for it. Never blocks;
 * belongs to the task thread.
 */
public final class RequestTracer implements AutoCloseable {
  private final SharedExport export;
  private final Tracer tracer;

  private RequestTracer(SharedExport export) {
    this.export = export;
    this.tracer = export == null ? null : export.tracer();
  }

  /**
   * Opens it; where tracing is off everything it does is nothing.
   *
   * @param metrics shows the spans that were exported and dropped, by all subtasks of the process
   */
  public static RequestTracer open(TracingSpec spec, MetricGroup metrics) {
    if (!spec.isOn()) {
      return new RequestTracer(null);
    }
    SharedExport export = SharedExport.acquire(spec);
    metrics.gauge("spansExported", (Gauge<Long>) export.queue()::exported);
    metrics.gauge("spansDropped", (Gauge<Long>) export.queue()::dropped);
    return new RequestTracer(export);
  }

  /**
   * A request that ran.
   *
   * @param settledUs when settling began, microseconds since the epoch
   */
  public void answered(AnsweredPrompt answered, InferenceResult result, long settledUs) {
    if (tracer == null) {
      return;
    }
    Timeline timeline = Timeline.of(answered, settledUs, Epoch.micros());
    record(
        timeline,
        answered.getPrompt().getOrigin(),
        answered.getPrompt().getRequest(),
        result.getStatus().name(),
        result.getStatus() == Status.OK ? null : result.getError());
  }

  /**
   * A record that was refused, or is a dead letter.
   *
   * @param settledUs when settling began, microseconds since the epoch
   */
  public void refused(Refusal refusal, long settledUs) {
    if (tracer == null) {
      return;
    }
    record(
        Timeline.of(refusal, settledUs, Epoch.micros()),
        refusal.getOrigin(),
        refusal.getRequest(),
        refusal.hasDeadLetter() ? "DEAD_LETTER" : Status.ERROR.name(),
        refusal.getError());
  }

  private void record(
      Timeline timeline, Origin origin, InferenceRequest request, String outcome, Error error) {
    Span span =
        tracer
            .spanBuilder("autoglm request")
            .setSpanKind(SpanKind.CONSUMER)
            .setParent(TraceHeaders.parent(origin))
            .setStartTimestamp(timeline.startUs(), TimeUnit.MICROSECONDS)
            .startSpan();
    if (span.isRecording()) {
      describe(span, origin, request, outcome, error);
      Context parent = span.storeInContext(Context.root());
      for (Timeline.Stage stage : timeline.stages()) {
        record(stage, timeline, parent);
      }
    }
    span.end(timeline.endUs(), TimeUnit.MICROSECONDS);
  }

  private static void describe(
      Span span, Origin origin, InferenceRequest request, String outcome, Error error) {
    Coordinates source = origin.getSource();
    span.setAttribute("messaging.system", "kafka");
    span.setAttribute("messaging.destination.name", source.getTopic());
    span.setAttribute(
        "messaging.destination.partition.id", Integer.toString(source.getPartition()));
    span.setAttribute("messaging.kafka.offset", source.getOffset());
    span.setAttribute("autoglm.request_id", request.getRequestId());
    span.setAttribute("autoglm.outcome", outcome);
    if (!request.getModelId().isEmpty()) {
      span.setAttribute("gen_ai.request.model", request.getModelId());
    }
    if (error != null) {
      span.setAttribute("error.type", error.getCode());
      span.setStatus(StatusCode.ERROR, error.getMessage());
    }
  }

  private void record(Timeline.Stage stage, Timeline timeline, Context parent) {
    SpanBuilder builder =
        tracer
            .spanBuilder(stage.name())
            .setParent(parent)
            .setStartTimestamp(stage.startUs(), TimeUnit.MICROSECONDS);
    if (stage.name().equals("inference")) {
      RowAudit run = timeline.longest().getRun();
      builder
          .setAttribute("autoglm.batch_id", run.getBatchId())
          .setAttribute("autoglm.device", run.getDevice())
          .setAttribute("autoglm.batch_rows", (long) run.getBatchRows())
          .setAttribute("autoglm.tokens", (long) run.getTokens())
          .setAttribute("autoglm.padded_tokens", (long) run.getPaddedTokens())
          .setAttribute("autoglm.attempts", (long) run.getAttempts());
    }
    builder.startSpan().end(stage.endUs(), TimeUnit.MICROSECONDS);
  }

  @Override
  public void close() {
    if (export != null) {
      export.release();
    }
  }
}
