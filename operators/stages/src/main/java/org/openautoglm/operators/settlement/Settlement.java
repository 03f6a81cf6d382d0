package org.openautoglm.operators.settlement;

import org.openautoglm.operators.RecordTime;
import org.openautoglm.schemas.flow.AnsweredPrompt;
import org.openautoglm.schemas.flow.Origin;
import org.openautoglm.schemas.flow.PreparedPrompt;
import org.openautoglm.schemas.flow.Refusal;
import org.openautoglm.schemas.flow.RowOutcome;
import org.openautoglm.schemas.wire.Error;
import org.openautoglm.schemas.wire.InferenceRequest;
import org.openautoglm.schemas.wire.InferenceResult;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.Settle;
import org.openautoglm.schemas.wire.Status;
import org.openautoglm.schemas.wire.Timings;

/** Makes one result of a request's row outcomes, or of its refusal. Pure, and told the time. */
final class Settlement {
  private Settlement() {}

  static InferenceResult result(AnsweredPrompt answered, long nowUs) {
    PreparedPrompt prompt = answered.getPrompt();
    InferenceResult.Builder result = resultFor(prompt.getRequest());
    Error firstError = null;
    int failed = 0;
    for (int i = 0; i < answered.getOutcomesCount(); i++) {
      RowOutcome outcome = answered.getOutcomes(i);
      if (outcome.hasError()) {
        firstError = firstError == null ? named(outcome) : firstError;
        failed++;
        result.addOutputs(
            Output.newBuilder().setIndex(outcome.getIndex()).setError(outcome.getError()));
      } else {
        result.addOutputs(indexed(outcome));
      }
    }
    if (failed == 0) {
      result.setStatus(Status.OK);
    } else if (failed < answered.getOutcomesCount()
        && prompt.getRequest().getSettle() == Settle.ALL_SETTLED) {
      result.setStatus(Status.PARTIAL).setError(firstError);
    } else {
      result.setStatus(Status.ERROR).setError(firstError).clearOutputs();
    }
    return result.setTimingsMs(timings(answered, nowUs)).build();
  }

  static InferenceResult result(Refusal refusal, long nowUs) {
    return resultFor(refusal.getRequest())
        .setStatus(Status.ERROR)
        .setError(refusal.getError())
        .setTimingsMs(
            Timings.newBuilder()
                .setQueue(queueMs(refusal.getOrigin()))
                .setTotal(totalMs(refusal.getOrigin(), nowUs)))
        .build();
  }

  /** The longest wait for a batch among the rows, microseconds. */
  static long windowUs(AnsweredPrompt answered) {
    long longest = 0;
    for (int i = 0; i < answered.getOutcomesCount(); i++) {
      longest = Math.max(longest, answered.getOutcomes(i).getWindowUs());
    }
    return longest;
  }

  /** The longest run on a device among the rows, microseconds. */
  static long inferenceUs(AnsweredPrompt answered) {
    long longest = 0;
    for (int i = 0; i < answered.getOutcomesCount(); i++) {
      longest = Math.max(longest, answered.getOutcomes(i).getInferenceUs());
    }
    return longest;
  }

  /**
   * From the record's timestamp until the job read it; 0 where it has none, or the clocks disagree.
   */
  static double queueMs(Origin origin) {
    return totalMs(origin, origin.getReceivedUs());
  }

  /** From the record's timestamp, or else from its reading, until now. */
  static double totalMs(Origin origin, long nowUs) {
    return Math.max(0, nowUs - RecordTime.publishedUs(origin)) / 1000.0;
  }

  private static Timings timings(AnsweredPrompt answered, long nowUs) {
    Origin origin = answered.getPrompt().getOrigin();
    return Timings.newBuilder()
        .setQueue(queueMs(origin))
        .setWindow(windowUs(answered) / 1000.0)
        .setInference(inferenceUs(answered) / 1000.0)
        .setTotal(totalMs(origin, nowUs))
        .build();
  }

  private static InferenceResult.Builder resultFor(InferenceRequest request) {
    return InferenceResult.newBuilder()
        .setRequestId(request.getRequestId())
        .setModelId(request.getModelId());
  }

  /** The row's output with its input's index, which the window has set already. */
  private static Output indexed(RowOutcome outcome) {
    Output output = outcome.getOutput();
    return output.getIndex() == outcome.getIndex()
        ? output
        : output.toBuilder().setIndex(outcome.getIndex()).build();
  }

  /** The row's error, saying which input it was. */
  private static Error named(RowOutcome outcome) {
    Error error = outcome.getError();
    String input = "input " + outcome.getIndex();
    return error.getMessage().startsWith(input)
        ? error
        : error.toBuilder().setMessage(input + ": " + error.getMessage()).build();
  }
}
