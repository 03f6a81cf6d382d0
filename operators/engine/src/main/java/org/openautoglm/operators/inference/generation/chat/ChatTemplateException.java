package org.openautoglm.operators.inference.generation.chat;

/**
 * A chat template that cannot be read, or that refuses a conversation: says what it did not like.
 */
public final class ChatTemplateException extends Exception {
  private static final long serialVersionUID = 1L;

  ChatTemplateException(String message) {
    super(message);
  }
}
