package org.openautoglm.operators.inference.tokenization;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.ModelSpec;
import org.openautoglm.operators.inference.RefusedInputException;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.inference.generation.chat.ChatMessage;
import org.openautoglm.operators.inference.generation.chat.ChatTemplate;
import org.openautoglm.operators.inference.generation.chat.ChatTemplateException;
import org.openautoglm.operators.inference.model.ChatFiles;
import org.openautoglm.operators.inference.model.DecoderConfig;
import org.openautoglm.operators.inference.model.ModelDirectory;
import org.openautoglm.operators.inference.model.Problems;
import org.openautoglm.schemas.failure.FailureCode;
import org.openautoglm.schemas.wire.Conversation;
import org.openautoglm.schemas.wire.Message;
import org.openautoglm.schemas.wire.Parameters;

/**
 * Makes rows for a model that generates text: the tokens of a prompt, with room for an answer
 * behind them. A conversation goes through the directory's chat template, and so does a text, as a
 * user's only message; where there is no template, a text is continued as it is.
 */
public final class PromptPreparer implements RowPreparer {
  private final String model;
  private final Tokenizer tokenizer;
  private final Optional<ChatTemplate> template;
  private final int promptMax;
  private final int rowMax;

  private PromptPreparer(
      String model,
      Tokenizer tokenizer,
      Optional<ChatTemplate> template,
      int promptMax,
      int rowMax) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.template = template;
    this.promptMax = promptMax;
    this.rowMax = rowMax;
  }

  /**
   * Opens a model's tokenizer and chat template.
   *
   * @throws ModelLoadException when one of them cannot be read
   */
  public static PromptPreparer open(ModelSpec spec, ModelDirectory directory)
      throws ModelLoadException {
    Problems problems = new Problems();
    DecoderConfig config = DecoderConfig.read(directory.root(), problems);
    Optional<ChatTemplate> template = template(directory, problems);
    problems.throwIfAny(spec.path());
    int rowMax = spec.generation().capacityTokens(config.positions());
    int configured = spec.encoder().maxTokens();
    int promptMax = configured > 0 ? Math.min(configured, rowMax - 1) : rowMax - 1;
    return new PromptPreparer(
        spec.name(), Tokenizer.open(directory.tokenizer()), template, promptMax, rowMax);
  }

  private static Optional<ChatTemplate> template(ModelDirectory directory, Problems problems) {
    ChatFiles files = ChatFiles.read(directory.root(), problems);
    if (files.template().isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new ChatTemplate(files.template().get(), files.specialTokens()));
    } catch (ChatTemplateException e) {
      problems.add(
          files.file(),
          "has a chat template that does not work (" + e.getMessage() + ")",
          "mend it, or take it out to have texts continued as they are");
      return Optional.empty();
    }
  }

  @Override
  public int[] prepare(String text) throws RefusedInputException {
    return prepare(text, Parameters.getDefaultInstance());
  }

  @Override
  public int[] prepare(Conversation conversation) throws RefusedInputException {
    return prepare(conversation, Parameters.getDefaultInstance());
  }

  @Override
  public int[] prepare(String text, Parameters parameters) throws RefusedInputException {
    if (template.isEmpty()) {
      return fitting(tokenizer.encode(text), parameters);
    }
    Message message = Message.newBuilder().setRole("user").setContent(text).build();
    return prepare(Conversation.newBuilder().addMessages(message).build(), parameters);
  }

  @Override
  public int[] prepare(Conversation conversation, Parameters parameters)
      throws RefusedInputException {
    if (template.isEmpty()) {
      throw new RefusedInputException(
          FailureCode.INVALID_REQUEST,
          "is a conversation, but model " + model + " has no chat template; send a string");
    }
    List<ChatMessage> messages =
        conversation.getMessagesList().stream()
            .map(message -> new ChatMessage(message.getRole(), message.getContent()))
            .toList();
    try {
      String prompt = template.get().render(messages, true);
      return fitting(tokenizer.encodeAsIs(prompt), parameters);
    } catch (ChatTemplateException e) {
      throw new RefusedInputException(
          FailureCode.INVALID_REQUEST,
          "is a conversation that model " + model + " does not take: " + e.getMessage());
    }
  }

  private int[] fitting(int[] tokens, Parameters parameters) throws RefusedInputException {
    if (tokens.length == 0) {
      throw new RefusedInputException(FailureCode.INVALID_REQUEST, "has no tokens; send some text");
    }
    if (tokens.length > promptMax) {
      throw new RefusedInputException(
          FailureCode.PROMPT_TOO_LONG,
          String.format(Locale.ROOT, "has %,d tokens; the limit is %,d", tokens.length, promptMax));
    }
    int wanted = parameters.getMaxNewTokens();
    if (wanted > rowMax - tokens.length) {
      throw new RefusedInputException(
          FailureCode.PROMPT_TOO_LONG,
          String.format(
              Locale.ROOT,
              "has %,d tokens and wants %,d more (max_new_tokens); both together may be %,d",
              tokens.length,
              wanted,
              rowMax));
    }
    return tokens;
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
