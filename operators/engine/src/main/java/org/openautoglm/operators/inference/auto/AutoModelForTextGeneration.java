package org.openautoglm.operators.inference.auto;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.schemas.wire.Conversation;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.Parameters;

/**
 * A causal language model of a local directory in the Hugging Face layout.
 *
 * <pre>{@code
 * try (var model = AutoModelForTextGeneration.fromPretrained(Path.of("models/chat"))) {
 *   System.out.println(model.generate("请解释什么是深度学习?").text());
 * }
 * }</pre>
 *
 * <p>Thread-safe: prompts of one call and of calls side by side are decoded together, and an answer
 * does not depend on what is decoded beside it.
 */
public final class AutoModelForTextGeneration implements AutoCloseable {
  private final LocalModel model;

  private AutoModelForTextGeneration(LocalModel model) {
    this.model = model;
  }

  /**
   * Loads a model.
   *
   * @throws ModelLoadException when the directory or the device cannot serve; says what is missing
   */
  public static AutoModelForTextGeneration fromPretrained(Path directory)
      throws ModelLoadException {
    return fromPretrained(directory, LoadOptions.standard());
  }

  /** As {@link #fromPretrained(Path)}, with options. */
  public static AutoModelForTextGeneration fromPretrained(Path directory, LoadOptions options)
      throws ModelLoadException {
    return new AutoModelForTextGeneration(
        LocalModel.load(directory, TaskType.TEXT_GENERATION, options));
  }

  /** The likeliest answer to a prompt, through the model's chat template where it has one. */
  public GeneratedText generate(String prompt) {
    return generate(prompt, GenerateOptions.greedy());
  }

  /**
   * An answer to a prompt, through the model's chat template where it has one.
   *
   * @throws IllegalArgumentException when the prompt and the answer asked for do not fit the model
   * @throws ModelRunException when the model fails
   */
  public GeneratedText generate(String prompt, GenerateOptions options) {
    return generate(List.of(prompt), options).get(0);
  }

  /** Answers to prompts, decoded together, in the prompts' order. */
  public List<GeneratedText> generate(List<String> prompts, GenerateOptions options) {
    Parameters parameters = options.parameters();
    List<LocalModel.Input> inputs = new ArrayList<>();
    for (String prompt : prompts) {
      inputs.add(preparer -> preparer.prepare(prompt, parameters));
    }
    return model.run(inputs, parameters, options.temperature()).stream()
        .map(AutoModelForTextGeneration::text)
        .toList();
  }

  /** The next turn of a conversation, through the model's chat template. */
  public GeneratedText chat(Conversation conversation, GenerateOptions options) {
    Parameters parameters = options.parameters();
    LocalModel.Input input = preparer -> preparer.prepare(conversation, parameters);
    return text(model.run(List.of(input), parameters, options.temperature()).get(0));
  }

  private static GeneratedText text(Output output) {
    return new GeneratedText(
        output.getText(),
        output.getFinishReason(),
        output.getUsage().getPromptTokens(),
        output.getUsage().getCompletionTokens());
  }

  @Override
  public void close() {
    model.close();
  }
}
