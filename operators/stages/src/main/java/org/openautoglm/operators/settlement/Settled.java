package org.openautoglm.operators.settlement;

import org.openautoglm.operators.inference.FaultLog;
import org.openautoglm.operators.inference.ProcessFaults;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.OutputRecord;
import org.openautoglm.schemas.wire.InferenceResult;
import org.openautoglm.schemas.wire.Status;

/**
 * What a request that reached the window comes to: one result and one audit event, both made before
 * either is handed on, so that what fails in between leaves no half of it.
 *
 * @param result what is really answered
 * @param answer the same as Kafka carries it
 * @param audit its audit event
 */
record Settled(InferenceResult result, OutputRecord answer, OutputRecord audit) {

  /**
   * Settles a request. An answer that Java code cannot make a result of would fail after every
   * restart, too: it becomes an error, and its outcomes are left out of the audit event.
   *
   * @param startNs when settling began, on {@link System#nanoTime}
   */
  static Settled of(AnsweredPrompt answered, OutputRecords records, long nowUs, long startNs) {
    try {
      return made(answered, Settlement.result(answered, nowUs), records, nowUs, startNs);
    } catch (RuntimeException | StackOverflowError | AssertionError e) {
      if (ProcessFaults.includes(e)) {
        throw ProcessFaults.rethrown(e);
      }
      FaultLog.record(answered.getPrompt().getOrigin().getSource(), "settling its answer", e);
      AnsweredPrompt bare = answered.toBuilder().clearOutcomes().build();
      InferenceResult failed =
          Settlement.result(bare, nowUs).toBuilder()
              .setStatus(Status.ERROR)
              .setError(
                  FailureCode.INTERNAL.error(
                      "the answer could not be written: " + ProcessFaults.message(e)))
              .build();
      return made(bare, failed, records, nowUs, startNs);
    }
  }

  private static Settled made(
      AnsweredPrompt answered,
      InferenceResult result,
      OutputRecords records,
      long nowUs,
      long startNs) {
    OutputRecords.Answer answer = records.answer(result, answered.getPrompt().getOrigin());
    OutputRecord audit = records.audit(Auditing.event(answered, answer.result(), nowUs, startNs));
    return new Settled(answer.result(), answer.record(), audit);
  }
}
