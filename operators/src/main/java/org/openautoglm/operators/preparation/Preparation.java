package org.openautoglm.operators.preparation;

import javax.annotation.Nullable;
import org.openautoglm.operators.inference.RefusedInputException;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.inference.Tokens;
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
      try {
        int[] tokens =
            isText(prompt, i)
                ? preparer.prepare(request.getInputs(texts++), request.getParameters())
                : preparer.prepare(
                    request.getConversations(conversations++), request.getParameters());
        row.setTokens(Tokens.pack(tokens));
      } catch (RefusedInputException e) {
        Error error = e.code().error("input " + i + " " + e.getMessage());
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

  private static boolean isText(Prompt prompt, int index) {
    return prompt.getInputOrderCount() == 0
        ? index < prompt.getRequest().getInputsCount()
        : prompt.getInputOrder(index) == InputKind.TEXT;
  }
}
