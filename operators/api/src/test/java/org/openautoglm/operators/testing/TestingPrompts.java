package org.openautoglm.operators.testing;

import java.util.stream.IntStream;
import org.openautoglm.operators.inference.Tokens;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.flow.PreparedPrompt;
import org.openautoglm.schemas.flow.PreparedRow;
import org.openautoglm.schemas.wire.InferenceRequest;

/** Prompts for tests; all tokens of a row are its number, so that answers tell whose they are. */
public final class TestingPrompts {
  private TestingPrompts() {}

  /** A prompt of one row for each length; row i consists of tokens {@code firstToken + i}. */
  public static PreparedPrompt prompt(
      String model, String key, String id, int firstToken, int... lengths) {
    PreparedPrompt.Builder prompt =
        PreparedPrompt.newBuilder()
            .setRequest(InferenceRequest.newBuilder().setRequestId(id).setModelId(model))
            .setBatchKey(key);
    for (int i = 0; i < lengths.length; i++) {
      int token = firstToken + i;
      int[] tokens = IntStream.range(0, lengths[i]).map(n -> token).toArray();
      prompt.addRows(PreparedRow.newBuilder().setIndex(i).setTokens(Tokens.pack(tokens)));
    }
    return prompt.build();
  }

  public static PreparedPrompt withDeadline(PreparedPrompt prompt, long deadlineMs) {
    return prompt.toBuilder().setDeadlineUs(deadlineMs * 1_000).build();
  }

  public static PreparedPrompt withRefusedRow(PreparedPrompt prompt, int index) {
    return prompt.toBuilder()
        .addRows(
            PreparedRow.newBuilder()
                .setIndex(index)
                .setError(FailureCode.PROMPT_TOO_LONG.error("too long")))
        .build();
  }
}
