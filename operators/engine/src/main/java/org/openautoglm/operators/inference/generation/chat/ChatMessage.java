package org.openautoglm.operators.inference.generation.chat;

import java.util.Objects;

/**
 * One turn of a conversation.
 *
 * @param role {@code system}, {@code user}, {@code assistant}, or what else the template knows
 * @param content what was said; never read as a template
 */
public record ChatMessage(String role, String content) {
  public ChatMessage {
    Objects.requireNonNull(role);
    Objects.requireNonNull(content);
  }
}
