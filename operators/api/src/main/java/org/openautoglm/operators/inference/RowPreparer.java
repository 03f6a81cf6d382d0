package org.openautoglm.operators.inference;

import org.openautoglm.schemas.wire.Conversation;
import org.openautoglm.schemas.wire.Parameters;

/** Makes rows of inputs, as one model sees them. Thread-safe. */
public interface RowPreparer extends AutoCloseable {

  /**
   * The tokens of a text, special tokens included.
   *
   * @throws RefusedInputException PROMPT_TOO_LONG with both lengths
   */
  int[] prepare(String text) throws RefusedInputException;

  /**
   * The tokens of a conversation, through the model's chat template.
   *
   * @throws RefusedInputException INVALID_REQUEST where the model has no chat template;
   *     PROMPT_TOO_LONG
   */
  int[] prepare(Conversation conversation) throws RefusedInputException;

  /**
   * As {@link #prepare(String)}, and the request's parameters have to fit the row.
   *
   * @throws RefusedInputException also PROMPT_TOO_LONG where the answer asked for has no room
   */
  default int[] prepare(String text, Parameters parameters) throws RefusedInputException {
    return prepare(text);
  }

  /**
   * As {@link #prepare(Conversation)}, and the request's parameters have to fit the row.
   *
   * @throws RefusedInputException also PROMPT_TOO_LONG where the answer asked for has no room
   */
  default int[] prepare(Conversation conversation, Parameters parameters)
      throws RefusedInputException {
    return prepare(conversation);
  }

  @Override
  void close();
}
