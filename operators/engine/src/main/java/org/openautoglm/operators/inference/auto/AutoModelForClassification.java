package org.openautoglm.operators.inference.auto;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.schemas.wire.Label;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.Parameters;

/**
 * A classifier of a local directory in the Hugging Face layout. Thread-safe; a text's labels do not
 * depend on the texts beside it.
 */
public final class AutoModelForClassification implements AutoCloseable {
  private final LocalModel model;

  private AutoModelForClassification(LocalModel model) {
    this.model = model;
  }

  /**
   * Loads a model.
   *
   * @throws ModelLoadException when the directory or the device cannot serve; says what is missing
   */
  public static AutoModelForClassification fromPretrained(Path directory, LoadOptions options)
      throws ModelLoadException {
    return new AutoModelForClassification(
        LocalModel.load(directory, TaskType.CLASSIFICATION, options));
  }

  /**
   * The labels of texts, in their order: every label of the model, the likeliest first, with
   * probabilities.
   *
   * @throws IllegalArgumentException when a text is too long for the model
   * @throws ModelRunException when the model fails
   */
  public List<List<Label>> classify(List<String> texts) {
    List<LocalModel.Input> inputs = new ArrayList<>();
    texts.forEach(text -> inputs.add(preparer -> preparer.prepare(text)));
    return model.run(inputs, Parameters.getDefaultInstance(), 0).stream()
        .map(Output::getLabelsList)
        .toList();
  }

  @Override
  public void close() {
    model.close();
  }
}
