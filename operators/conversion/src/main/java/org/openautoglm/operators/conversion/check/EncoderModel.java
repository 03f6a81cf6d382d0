package org.openautoglm.operators.conversion.check;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.openautoglm.operators.conversion.check.LoadedGraph.Element;
import org.openautoglm.operators.conversion.check.LoadedGraph.Outputs;
import org.openautoglm.operators.conversion.check.LoadedGraph.Slot;
import org.openautoglm.operators.conversion.check.LoadedGraph.Tensor;

/**
 * An encoder that makes a vector of each row of tokens: one whose graph gives answers, or an export
 * together with the {@link AnswerRule} that makes answers of what it gives. Used by one thread.
 */
public final class EncoderModel implements AutoCloseable {
  private final LoadedGraph graph;
  private final Slot output;
  private final Optional<AnswerRule> rule;
  private final int padding;

  private EncoderModel(LoadedGraph graph, Slot output, Optional<AnswerRule> rule, int padding) {
    this.graph = graph;
    this.output = output;
    this.rule = rule;
    this.padding = padding;
  }

  /**
   * A graph whose output is the answer.
   *
   * @param graph owned by the model from now on
   * @param padding the token that fills short rows up
   */
  public static EncoderModel converted(LoadedGraph graph, int padding) throws IOException {
    for (String name : List.of("sentence_embedding", "probabilities")) {
      Optional<Slot> output = LoadedGraph.find(graph.outputs(), name);
      if (output.isPresent()) {
        return new EncoderModel(graph, output.get(), Optional.empty(), padding);
      }
    }
    throw new IOException("the graph has neither sentence_embedding nor probabilities");
  }

  /**
   * An export.
   *
   * @param graph owned by the model from now on
   * @param output what answers are made of
   * @param padding the token that fills short rows up
   */
  public static EncoderModel exported(
      LoadedGraph graph, String output, AnswerRule rule, int padding) throws IOException {
    Slot slot =
        LoadedGraph.find(graph.outputs(), output)
            .orElseThrow(() -> new IOException("the graph has no output " + output));
    return new EncoderModel(graph, slot, Optional.of(rule), padding);
  }

  /** The answer to each of the rows, run together. */
  public List<float[]> answers(List<int[]> rows) throws IOException {
    int width = rows.stream().mapToInt(row -> row.length).max().orElseThrow();
    Map<String, Tensor> inputs = new HashMap<>();
    try {
      for (Slot input : graph.inputs()) {
        inputs.put(input.name(), input(graph, input, rows, width, padding));
      }
      try (Outputs outputs = graph.run(inputs, List.of(output.name()), Map.of())) {
        return split(outputs.get(output.name()), rows);
      }
    } finally {
      inputs.values().forEach(Tensor::close);
    }
  }

  /** What an input of an encoder is fed: rows of tokens, short ones filled up on the right. */
  static Tensor input(LoadedGraph graph, Slot input, List<int[]> rows, int width, int padding)
      throws IOException {
    long[] values = new long[rows.size() * width];
    for (int r = 0; r < rows.size(); r++) {
      int[] row = rows.get(r);
      for (int i = 0; i < width; i++) {
        boolean own = i < row.length;
        values[r * width + i] =
            switch (input.name()) {
              case "input_ids" -> own ? row[i] : padding;
              case "attention_mask" -> own ? 1 : 0;
              case "token_type_ids" -> 0;
              case "position_ids" -> i;
              default -> throw new IOException("it takes the input " + input);
            };
      }
    }
    if (input.element() == Element.INT32) {
      int[] narrow = new int[values.length];
      for (int i = 0; i < narrow.length; i++) {
        narrow[i] = (int) values[i];
      }
      return graph.tensor(Element.INT32, TensorMemory.ints(narrow), rows.size(), width);
    }
    return graph.tensor(Element.INT64, TensorMemory.longs(values), rows.size(), width);
  }

  private List<float[]> split(Tensor tensor, List<int[]> rows) {
    long[] shape = tensor.shape();
    float[] all = tensor.floats();
    int each = all.length / rows.size();
    int width = (int) shape[shape.length - 1];
    List<float[]> answers = new ArrayList<>(rows.size());
    for (int row = 0; row < rows.size(); row++) {
      float[] own = new float[each];
      System.arraycopy(all, row * each, own, 0, each);
      int tokens = rows.get(row).length;
      answers.add(rule.map(made -> made.answer(own, tokens, width)).orElse(own));
    }
    return answers;
  }

  @Override
  public void close() {
    graph.close();
  }
}
