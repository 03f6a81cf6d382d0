package org.openautoglm.operators.settlement;

import org.openautoglm.schemas.coordinates.RecordPlace;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.Origin;
import org.openautoglm.schemas.flow.Refusal;
import org.openautoglm.schemas.wire.AuditEvent;
import org.openautoglm.schemas.wire.InferenceRequest;
import org.openautoglm.schemas.wire.InferenceResult;
import org.openautoglm.schemas.wire.StageDurations;

/**
 * Makes the one audit event of a prompt record, so that any answer can be traced to its prompt.
 * Pure.
 */
final class Auditing {
  private Auditing() {}

  /**
   * The event of a request that reached the window.
   *
   * @param result what was answered, as it is written
   * @param startNs when settling began, on {@link System#nanoTime}
   */
  static AuditEvent event(
      AnsweredPrompt answered, InferenceResult result, long nowUs, long startNs) {
    Origin origin = answered.getPrompt().getOrigin();
    AuditEvent.Builder event =
        eventFor(answered.getPrompt().getRequest(), origin, nowUs)
            .setOutcome(result.getStatus().name())
            .setModelVersion(answered.getModelVersion())
            .setModelDigest(answered.getModelDigest())
            .setDurationsMs(
                durations(origin, nowUs, startNs)
                    .setDecode(answered.getPrompt().getDecodeNs() / 1e6)
                    .setAdmit(answered.getPrompt().getAdmitNs() / 1e6)
                    .setPrepare(answered.getPrompt().getPrepareNs() / 1e6)
                    .setWindow(Settlement.windowUs(answered) / 1000.0)
                    .setInference(Settlement.inferenceUs(answered) / 1000.0));
    if (result.hasError()) {
      event.setError(result.getError());
    }
    for (int i = 0; i < answered.getOutcomesCount(); i++) {
      if (answered.getOutcomes(i).hasRun()) {
        event.addRows(answered.getOutcomes(i).getRun());
      }
    }
    return event.build();
  }

  /** The event of a prompt that was refused before the window. */
  static AuditEvent event(Refusal refusal, long nowUs, long startNs) {
    boolean deadLetter = refusal.hasDeadLetter();
    AuditEvent.Builder event =
        eventFor(refusal.getRequest(), refusal.getOrigin(), nowUs)
            .setOutcome(deadLetter ? "DEAD_LETTER" : "ERROR")
            .setError(refusal.getError())
            .setDurationsMs(
                durations(refusal.getOrigin(), nowUs, startNs)
                    .setDecode(refusal.getDecodeNs() / 1e6)
                    .setAdmit(refusal.getAdmitNs() / 1e6));
    if (deadLetter) {
      event.setRequestId(RecordPlace.of(refusal.getOrigin().getSource()).toString());
    }
    return event.build();
  }

  private static AuditEvent.Builder eventFor(InferenceRequest request, Origin origin, long nowUs) {
    AuditEvent.Builder event =
        AuditEvent.newBuilder()
            .setRequestId(request.getRequestId())
            .setModelId(request.getModelId())
            .setSource(origin.getSource())
            .setSettledAtMs(nowUs / 1000);
    return request.getMetadataCount() == 0 ? event : event.putAllMetadata(request.getMetadataMap());
  }

  private static StageDurations.Builder durations(Origin origin, long nowUs, long startNs) {
    return StageDurations.newBuilder()
        .setQueue(Settlement.queueMs(origin))
        .setSettle((System.nanoTime() - startNs) / 1e6)
        .setTotal(Settlement.totalMs(origin, nowUs));
  }
}
