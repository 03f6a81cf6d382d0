package org.openautoglm.operators.inference.onnx;

import ai.onnxruntime.OrtException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.model.ModelDirectory.Scores;
import org.openautoglm.schemas.wire.Output;

/**
 * Tries a session before it serves: what its scores are, whether its answers are finite, and
 * whether a row's answer stays the same in company. Dynamically quantised graphs scale activations
 * over the whole batch, so that there it does not.
 */
final class LoadProbe {
  private static final double SUM_TOLERANCE = 1e-3;

  private final String model;
  private final EncoderSession session;
  private final List<int[]> rows;

  /**
   * @param rows the probe's rows, of different lengths
   */
  LoadProbe(String model, EncoderSession session, List<int[]> rows) {
    this.model = model;
    this.session = session;
    this.rows = rows;
  }

  /** What the scores of a classifier are, seen from their sums. */
  Scores scores() throws ModelLoadException {
    boolean probabilities = true;
    boolean logProbabilities = true;
    for (int[] row : rows) {
      RawOutput raw = run(List.of(row));
      double sum = 0;
      double sumOfExponentials = 0;
      boolean negative = false;
      for (int i = 0; i < raw.width(); i++) {
        double value = raw.values()[i];
        sum += value;
        sumOfExponentials += Math.exp(value);
        negative |= value < 0;
      }
      probabilities &= !negative && Math.abs(sum - 1) <= SUM_TOLERANCE;
      logProbabilities &= Math.abs(sumOfExponentials - 1) <= SUM_TOLERANCE;
    }
    if (logProbabilities) {
      return Scores.LOG_PROBABILITIES;
    }
    return probabilities ? Scores.PROBABILITIES : Scores.LOGITS;
  }

  /** Numbers in each of the graph's vectors. */
  int width() throws ModelLoadException {
    return run(rows.subList(0, 1)).width();
  }

  /**
   * Whether every probe row has the same answer alone, beside the longest, and among all.
   *
   * @throws ModelLoadException when the graph does not run, or answers with NaN or infinity
   */
  boolean independent(AnswerHead head) throws ModelLoadException {
    List<Output> alone = new ArrayList<>();
    for (int[] row : rows) {
      alone.addAll(answers(List.of(row), head));
    }
    int last = rows.size() - 1;
    boolean independent = sameInCompany(IntStream.rangeClosed(0, last).toArray(), alone, head);
    for (int i = 0; i < last && independent; i++) {
      independent =
          sameInCompany(new int[] {i, i + 1}, alone, head)
              && sameInCompany(new int[] {last, i}, alone, head);
    }
    return independent;
  }

  private boolean sameInCompany(int[] company, List<Output> alone, AnswerHead head)
      throws ModelLoadException {
    List<Output> together = answers(IntStream.of(company).mapToObj(rows::get).toList(), head);
    for (int i = 0; i < company.length; i++) {
      if (!head.same(alone.get(company[i]), together.get(i))) {
        return false;
      }
    }
    return true;
  }

  private List<Output> answers(List<int[]> batch, AnswerHead head) throws ModelLoadException {
    RawOutput raw = run(batch);
    List<Output> answers = new ArrayList<>();
    try {
      for (int i = 0; i < batch.size(); i++) {
        answers.add(head.read(raw, i, batch.get(i).length));
      }
    } catch (NonFiniteOutputException e) {
      throw new ModelLoadException(
          "model " + model + " answers ordinary texts with NaN or infinity; use its fp32 export",
          e);
    }
    return answers;
  }

  private RawOutput run(List<int[]> batch) throws ModelLoadException {
    try {
      return session.run(batch);
    } catch (OrtException e) {
      throw new ModelLoadException(
          "model "
              + model
              + " loads, but does not run "
              + batch.size()
              + " rows of text: "
              + e.getMessage()
              + "; check that its graph has dynamic batch and sequence axes, and that the tokenizer"
              + " is its own",
          e);
    }
  }
}
