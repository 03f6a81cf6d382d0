package org.openautoglm.operators.inference;

import org.openautoglm.schemas.wire.Conversation;

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

  @Override
  void close();
}
