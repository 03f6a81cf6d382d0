package org.openautoglm.operators.inference.auto;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.openautoglm.operators.inference.EngineRow;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.RefusedInputException;
import org.openautoglm.operators.inference.RowPreparer;
import org.openautoglm.operators.inference.TaskType;
import org.openautoglm.operators.inference.onnx.OnnxModel;
import org.openautoglm.schemas.wire.Output;
import org.openautoglm.schemas.wire.Parameters;

/** A loaded model of any task: inputs in, answers out, in the inputs' order. Thread-safe. */
final class LocalModel implements AutoCloseable {
  private static final int PADDED_TOKENS_MAX = 512;

  private final OnnxModel model;

  private LocalModel(OnnxModel model) {
    this.model = model;
  }

  static LocalModel load(Path directory, TaskType task, LoadOptions options)
      throws ModelLoadException {
    return new LocalModel(OnnxModel.open(options.spec(directory, task)));
  }

  /** Makes the tokens of one input. */
  @FunctionalInterface
  interface Input {
    int[] tokens(RowPreparer preparer) throws RefusedInputException;
  }

  /**
   * Answers inputs together, as many as do not change each other's answers.
   *
   * @throws IllegalArgumentException when the model cannot read one of them
   * @throws ModelRunException when it fails
   */
  List<Output> run(List<Input> inputs, Parameters parameters, float temperature) {
    if (inputs.isEmpty()) {
      return List.of();
    }
    List<EngineRow> rows = new ArrayList<>();
    // Without a seed, each call samples other texts.
    String call = UUID.randomUUID().toString();
    for (int i = 0; i < inputs.size(); i++) {
      rows.add(new EngineRow(tokens(inputs.get(i), i), parameters, temperature, 0, call, i));
    }
    Output[] outputs = new Output[rows.size()];
    for (List<Integer> together : groups(rows)) {
      List<EngineRow> part = together.stream().map(rows::get).toList();
      try {
        model.engine().run(part, (at, output) -> outputs[together.get(at)] = output);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ModelRunException("interrupted while the model ran", e);
      } catch (Exception e) {
        throw new ModelRunException(model + " failed: " + e.getMessage(), e);
      }
    }
    return Arrays.asList(outputs);
  }

  /**
   * Which rows run together. What generates brings its rows together by itself and takes all of
   * them; for the others, rows of like length within the padded tokens that a batch of the job has.
   */
  private List<List<Integer>> groups(List<EngineRow> rows) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      order.add(i);
    }
    if (model.task() == TaskType.TEXT_GENERATION) {
      return List.of(order);
    }
    order.sort(Comparator.comparingInt(i -> rows.get(i).tokens().length));
    List<List<Integer>> groups = new ArrayList<>();
    List<Integer> group = new ArrayList<>();
    for (int i : order) {
      int padded = (group.size() + 1) * rows.get(i).tokens().length;
      if (!group.isEmpty()
          && (padded > PADDED_TOKENS_MAX || group.size() == model.engine().maxIndependentRows())) {
        groups.add(group);
        group = new ArrayList<>();
      }
      group.add(i);
    }
    groups.add(group);
    return groups;
  }

  private int[] tokens(Input input, int index) {
    try {
      return input.tokens(model.preparer());
    } catch (RefusedInputException e) {
      throw new IllegalArgumentException("input " + index + " " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    model.close();
  }
}
