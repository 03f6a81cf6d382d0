package org.openautoglm.operators.conversion.encoder;

import ai.onnxruntime.OrtException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.openautoglm.operators.conversion.testing.GraphRun;

/** A converted encoder in a bare session: batches of any company and any padding. */
final class EncoderRuns implements AutoCloseable {
  private final GraphRun run;
  private final String output;

  EncoderRuns(Path graph, String output) throws Exception {
    this.run = new GraphRun(graph);
    this.output = output;
  }

  /**
   * The answers of rows that run together.
   *
   * @param padding how many more tokens wide the batch is than its longest row
   */
  float[][] run(List<long[]> rows, int padding) throws Exception {
    int width = rows.stream().mapToInt(row -> row.length).max().orElseThrow() + padding;
    long[] tokens = new long[rows.size() * width];
    long[] mask = new long[tokens.length];
    for (int i = 0; i < rows.size(); i++) {
      System.arraycopy(rows.get(i), 0, tokens, i * width, rows.get(i).length);
      Arrays.fill(mask, i * width, i * width + rows.get(i).length, 1);
    }
    Map<String, long[]> inputs =
        Map.of(
            "input_ids", tokens, "attention_mask", mask, "token_type_ids", new long[tokens.length]);
    for (String name : run.session().getInputNames()) {
      run.with(name, inputs.get(name), rows.size(), width);
    }
    float[] all = run.floats(output);
    int size = all.length / rows.size();
    float[][] answers = new float[rows.size()][];
    for (int i = 0; i < answers.length; i++) {
      answers[i] = Arrays.copyOfRange(all, i * size, (i + 1) * size);
    }
    return answers;
  }

  @Override
  public void close() throws OrtException {
    run.close();
  }
}
