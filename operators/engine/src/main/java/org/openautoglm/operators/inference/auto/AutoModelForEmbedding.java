package org.openautoglm.operators.inference.auto;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.Parameters;

/**
 * An embedding model of a local directory in the layout of sentence-transformers. Thread-safe; a
 * text's vector does not depend on the texts beside it.
 */
public final class AutoModelForEmbedding implements AutoCloseable {
  private final LocalModel model;

  private AutoModelForEmbedding(LocalModel model) {
    this.model = model;
  }

  /**
   * Loads a model.
   *
   * @throws ModelLoadException when the directory or the device cannot serve; says what is missing
   */
  public static AutoModelForEmbedding fromPretrained(Path directory, LoadOptions options)
      throws ModelLoadException {
    return new AutoModelForEmbedding(LocalModel.load(directory, TaskType.EMBEDDING, options));
  }

  /**
   * The vectors of texts, in their order, each as wide as the model.
   *
   * @throws IllegalArgumentException when a text is too long for the model
   * @throws ModelRunException when the model fails
   */
  public List<float[]> embed(List<String> texts) {
    List<LocalModel.Input> inputs = new ArrayList<>();
    texts.forEach(text -> inputs.add(preparer -> preparer.prepare(text)));
    return model.run(inputs, Parameters.getDefaultInstance(), 0).stream()
        .map(AutoModelForEmbedding::vector)
        .toList();
  }

  private static float[] vector(Output output) {
    float[] vector = new float[output.getEmbeddingCount()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = output.getEmbedding(i);
    }
    return vector;
  }

  @Override
  public void close() {
    model.close();
  }
}
