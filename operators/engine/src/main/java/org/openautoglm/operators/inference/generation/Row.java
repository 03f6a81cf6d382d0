package org.openautoglm.operators.inference.generation;

import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.openautoglm.operators.inference.generation.sampling.PresentTokens;
import org.openautoglm.operators.inference.generation.text.AnswerText;
import org.openautoglm.operators.inference.generation.text.Detokenizer;

/**
 * One generation from its submission to its end. All but {@link #answer} belongs to the decode
 * thread once it has joined.
 */
final class Row {
  static final int NO_SLOT = -1;

  private static final int FIRST_TOKENS = 64;

  final GenerationRequest request;
  final CompletableFuture<Generation> answer = new CompletableFuture<>();

  int slot = NO_SLOT;
  private int read;
  private int[] tokens = new int[0];
  private int count;
  private int tokensMax;
  private PresentTokens present;
  private AnswerText text;

  Row(GenerationRequest request) {
    this.request = request;
  }

  /** Gets ready for a decoder. */
  void join(Decoder decoder, Detokenizer detokenizer) {
    int room = decoder.cache().capacityTokens() - request.prompt().length;
    tokensMax = Math.min(request.maxNewTokens(), room);
    tokens = new int[Math.min(FIRST_TOKENS, tokensMax)];
    text = new AnswerText(detokenizer, request.stop());
    if (request.sampling().penalizes()) {
      present = new PresentTokens(decoder.vocabulary(), request.prompt().length + tokensMax);
      for (int token : request.prompt()) {
        present.add(token);
      }
    }
  }

  /** The next part of the prompt. */
  PromptChunk nextChunk(int lengthMax) {
    int[] prompt = request.prompt();
    return new PromptChunk(slot, prompt, read, Math.min(prompt.length, read + lengthMax));
  }

  void hasRead(PromptChunk chunk) {
    read = chunk.end();
  }

  int unread() {
    return request.prompt().length - read;
  }

  /** The token that the decoder has not seen yet. */
  int lastToken() {
    return tokens[count - 1];
  }

  /** How many tokens were generated. */
  int count() {
    return count;
  }

  PresentTokens present() {
    return present;
  }

  void add(int token) {
    if (count == tokens.length) {
      tokens = Arrays.copyOf(tokens, Math.min(tokensMax, 2 * count));
    }
    tokens[count++] = token;
    if (present != null) {
      present.add(token);
    }
  }

  boolean isFull() {
    return count == tokensMax;
  }

  boolean isStopped() {
    return text.isStoppedBy(tokens, count);
  }

  boolean isLate(long nowNanos) {
    long deadline = request.deadlineNanos();
    return deadline != GenerationRequest.NO_DEADLINE && nowNanos - deadline >= 0;
  }

  /** Whether somebody else has ended it: it was cancelled. */
  boolean isAbandoned() {
    return answer.isDone();
  }

  /**
   * The answer.
   *
   * @param ending tokens at the end that are no text
   */
  Generation finished(FinishReason reason, int ending) {
    String finished = text.finished(tokens, count - ending);
    return new Generation(finished, reason, request.prompt().length, Arrays.copyOf(tokens, count));
  }

  void fail(Throwable failure) {
    answer.completeExceptionally(failure);
  }
}
