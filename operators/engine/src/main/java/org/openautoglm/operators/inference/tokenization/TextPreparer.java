package org.openautoglm.operators.inference.tokenization;

import java.util.Locale;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RefusedInputException;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.inference.model.ModelDirectory;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.wire.Conversation;

/** Makes rows for a model that reads texts: tokens within the model's limit. */
public final class TextPreparer implements RowPreparer {
  private final String model;
  private final Tokenizer tokenizer;
  private final int tokensMax;
  private final boolean truncate;

  private TextPreparer(String model, Tokenizer tokenizer, int tokensMax, boolean truncate) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.tokensMax = tokensMax;
    this.truncate = truncate;
  }

  /**
   * Opens a model's tokenizer.
   *
   * @throws ModelLoadException when there is none, or no limit for the length of a row
   */
  public static TextPreparer open(ModelSpec spec, ModelDirectory directory)
      throws ModelLoadException {
    int tokensMax = tokensMax(spec, directory);
    return new TextPreparer(
        spec.name(), Tokenizer.open(directory.tokenizer()), tokensMax, spec.encoder().truncate());
  }

  private static int tokensMax(ModelSpec spec, ModelDirectory directory) throws ModelLoadException {
    int configured = spec.encoder().maxTokens();
    int positions = directory.limits().positions();
    if (configured > 0 && positions > 0 && configured > positions) {
      throw new ModelLoadException(
          String.format(
              Locale.ROOT,
              "model %s: max_tokens is %,d, but the graph has only %,d positions; lower it",
              spec.name(),
              configured,
              positions));
    }
    int tokensMax = configured > 0 ? configured : directory.limits().stated();
    if (tokensMax == 0) {
      throw new ModelLoadException(
          "model "
              + spec.name()
              + ": its directory says nowhere how many tokens a row may have; set max_tokens");
    }
    return tokensMax;
  }

  @Override
  public int[] prepare(String text) throws RefusedInputException {
    int[] tokens = tokenizer.encode(text);
    if (tokens.length == 0) {
      throw new RefusedInputException(FailureCode.INVALID_REQUEST, "has no tokens; send some text");
    }
    if (tokens.length <= tokensMax) {
      return tokens;
    }
    if (truncate) {
      return tokenizer.truncate(tokens, tokensMax);
    }
    throw new RefusedInputException(
        FailureCode.PROMPT_TOO_LONG,
        String.format(Locale.ROOT, "has %,d tokens; the limit is %,d", tokens.length, tokensMax));
  }

  @Override
  public int[] prepare(Conversation conversation) throws RefusedInputException {
    throw new RefusedInputException(
        FailureCode.INVALID_REQUEST,
        "is a conversation, but model " + model + " reads texts; send a string");
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
