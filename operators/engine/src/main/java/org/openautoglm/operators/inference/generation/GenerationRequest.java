package org.openautoglm.operators.inference.generation;

import java.util.List;
import java.util.Objects;
import org.openautoglm.operators.inference.generation.sampling.SamplingSettings;

/**
 * One row to be continued.
 *
 * @param prompt its tokens, at least one; read-only
 * @param maxNewTokens the most tokens to add, 1 or more; fewer where the slot is full before
 * @param sampling how each is chosen
 * @param stop texts that end it, none empty; may be none
 * @param deadlineNanos when it must be answered, on the clock that the scheduler was given; {@link
 *     #NO_DEADLINE} where it may take its time
 */
@SuppressWarnings("ArrayRecordComponent") // Read-only: a copy would only cost time.
public record GenerationRequest(
    int[] prompt,
    int maxNewTokens,
    SamplingSettings sampling,
    List<String> stop,
    long deadlineNanos) {

  /** It may take its time. */
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  public GenerationRequest {
    Objects.requireNonNull(sampling);
    if (prompt.length == 0) {
      throw new IllegalArgumentException("a prompt needs a token");
    }
    if (maxNewTokens < 1) {
      throw new IllegalArgumentException("max_new_tokens must be 1 or more, not " + maxNewTokens);
    }
    stop = List.copyOf(stop);
    if (stop.contains("")) {
      throw new IllegalArgumentException("a stop string must not be empty");
    }
  }
}
