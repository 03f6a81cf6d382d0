package org.openautoglm.operators.batching;

import org.openautoglm.operators.inference.DeviceUnavailableException;
import org.openautoglm.operators.inference.ProcessFaults;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.RowOutcome;
import org.openautoglm.schemas.wire.Error;
import org.openautoglm.schemas.wire.RowAudit;

/** What a failed row tells people and the audit. Pure. */
final class RowFailure {
  private RowFailure() {}

  static String message(Row row, Throwable cause) {
    boolean isOurs = cause instanceof RuntimeException || cause instanceof java.lang.Error;
    String why =
        isOurs || cause.getMessage() == null ? ProcessFaults.message(cause) : cause.getMessage();
    return model(row) + " failed on input " + row.prepared().getIndex() + ": " + why;
  }

  static String deadline(Row row) {
    return "the deadline passed before "
        + model(row)
        + " could start on input "
        + row.prepared().getIndex();
  }

  static String deadlineOnDevice(Row row) {
    return "the deadline passed while "
        + model(row)
        + " was at work on input "
        + row.prepared().getIndex();
  }

  static String unknownModel(Row row) {
    return model(row) + " is not configured any more";
  }

  static String overloaded(PendingRequest request) {
    return model(request) + " has more prompts than may wait for it; send it again later";
  }

  private static String model(Row row) {
    return model(row.request());
  }

  private static String model(PendingRequest request) {
    return "model " + request.prompt().getRequest().getModelId();
  }

  /** What is left of a row whose run does not end: another attempt, alone. */
  static Completion.RowFailedForNow hung(Completion.BatchGivenUp givenUp, Row row) {
    BatchRun batch = givenUp.batch();
    String device = batch.engine().device().name();
    FailureCode code = FailureCode.MODEL_UNAVAILABLE;
    long timeoutMs = batch.slot().runTimeoutMs();
    RowAudit audit =
        RowAudit.newBuilder()
            .setIndex(row.prepared().getIndex())
            .setBatchId(batch.id())
            .setDevice(device)
            .setBatchRows(givenUp.hung().size())
            .setTokens(row.tokens())
            .setPaddedTokens(batch.batch().paddedTokens())
            .setAttempts(row.runs() + 1)
            .setFailure(code.name())
            .build();
    String message = message(row, DeviceUnavailableException.tooLong(device, timeoutMs));
    return new Completion.RowFailedForNow(
        batch, row, code, message, audit, givenUp.elapsedUs(), true);
  }

  /** The end of a row that is not on a device, with its last run, where it had one. */
  static RowOutcome outcome(Row row, FailureCode code, String message, long nowUs) {
    return outcome(row, code.error(message), nowUs);
  }

  static RowOutcome outcome(Row row, Error error, long nowUs) {
    RowOutcome.Builder outcome =
        RowOutcome.newBuilder()
            .setIndex(row.prepared().getIndex())
            .setError(error)
            .setWindowUs(Math.max(0, nowUs - row.enteredUs() - row.inferenceUs()))
            .setInferenceUs(row.inferenceUs());
    if (row.lastRun() != null) {
      outcome.setRun(row.lastRun().toBuilder().setFailure(error.getCode()));
    }
    return outcome.build();
  }
}
