package org.openautoglm.operators.preparation;

import javax.annotation.Nullable;
import org.openautoglm.operators.inference.FaultLog;
import org.openautoglm.operators.inference.ProcessFaults;
import org.openautoglm.operators.inference.RefusedInputException;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.inference.Tokens;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.InputKind;
import org.openautoglm.schemas.flow.PreparedPrompt;
import org.openautoglm.schemas.flow.PreparedRow;
import org.openautoglm.schemas.flow.Prompt;
import org.openautoglm.schemas.wire.Error;
import org.openautoglm.schemas.wire.InferenceRequest;
import org.openautoglm.schemas.wire.Settle;

/** Makes rows of a request's inputs, in their order. Pure, but for the tokenizer it is given. */
final class Preparation {
  private Preparation() {}

  /**
   * Adds a row for each input.
   *
   * @return why the request is refused as a whole: one input is, and it settles all or none, or
   *     every input is; null where at least one row can run
   */
  @Nullable
  static Error addRows(Prompt prompt, RowPreparer preparer, PreparedPrompt.Builder rows) {
    InferenceRequest request = prompt.getRequest();
    int count = request.getInputsCount() + request.getConversationsCount();
    int texts = 0;
    int conversations = 0;
    Error firstError = null;
    int refused = 0;
    for (int i = 0; i < count; i++) {
      PreparedRow.Builder row = PreparedRow.newBuilder().setIndex(i);
      Error error;
      try {
        int[] tokens =
            isText(prompt, i)
                ? preparer.prepare(request.getInputs(texts++), request.getParameters())
                : preparer.prepare(
                    request.getConversations(conversations++), request.getParameters());
        row.setTokens(Tokens.pack(tokens));
        error = null;
      } catch (RefusedInputException e) {
        error = e.code().error("input " + i + " " + e.getMessage());
      } catch (RuntimeException | StackOverflowError | AssertionError e) {
        error = fault(prompt, i, e);
      }
      if (error != null) {
        if (request.getSettle() == Settle.ALL) {
          return error;
        }
        row.setError(error);
        firstError = firstError == null ? error : firstError;
        refused++;
      }
      rows.addRows(row.build());
    }
    return refused == count ? firstError : null;
  }

  /** What Java code threw at an input is that input's own, unless the process has failed. */
  private static Error fault(Prompt prompt, int input, Throwable thrown) {
    if (ProcessFaults.includes(thrown)) {
      throw ProcessFaults.rethrown(thrown);
    }
    FaultLog.record(prompt.getOrigin().getSource(), "preparing input " + input, thrown);
    return FailureCode.INTERNAL.error(
        "input " + input + " could not be prepared: " + ProcessFaults.message(thrown));
  }

  private static boolean isText(Prompt prompt, int index) {
    return prompt.getInputOrderCount() == 0
        ? index < prompt.getRequest().getInputsCount()
        : prompt.getInputOrder(index) == InputKind.TEXT;
  }
}
