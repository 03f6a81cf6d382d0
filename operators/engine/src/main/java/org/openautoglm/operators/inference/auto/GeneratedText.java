package org.openautoglm.operators.inference.auto;

/**
 * An answer.
 *
 * @param text without special tokens and without the text that ended it
 * @param finishReason {@code stop}: the model or a stop text ended it; {@code length}: it was as
 *     long as allowed
 * @param promptTokens tokens read
 * @param completionTokens tokens generated
 */
public record GeneratedText(
    String text, String finishReason, int promptTokens, int completionTokens) {}
