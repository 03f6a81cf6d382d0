package org.openautoglm.operators.inference.onnx;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.openautoglm.operators.inference.model.ModelDirectory.Scores;
import org.openautoglm.schemas.wire.Label;
import org.openautoglm.schemas.wire.Output;

/** Makes probabilities of a row's scores, and names the classes, the likeliest first. */
final class ClassAnswers implements AnswerHead {
  /** Probabilities further apart than this are not the same. */
  private static final double SAME_PROBABILITY = 1e-3;

  private final List<String> labels;
  private final Scores scores;

  ClassAnswers(List<String> labels, Scores scores) {
    this.labels = labels;
    this.scores = scores;
  }

  @Override
  public Output read(RawOutput raw, int row, int tokens) throws NonFiniteOutputException {
    double[] probabilities = new double[raw.width()];
    for (int i = 0; i < probabilities.length; i++) {
      probabilities[i] = raw.values()[raw.offset(row) + i];
    }
    toProbabilities(probabilities);
    for (double probability : probabilities) {
      if (!Double.isFinite(probability)) {
        throw new NonFiniteOutputException();
      }
    }
    Output.Builder output = Output.newBuilder();
    IntStream.range(0, probabilities.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -probabilities[i]))
        .map(i -> Label.newBuilder().setLabel(labels.get(i)).setScore((float) probabilities[i]))
        .forEach(output::addLabels);
    return output.build();
  }

  private void toProbabilities(double[] values) {
    switch (scores) {
      case LOGITS -> softmax(values);
      case INDEPENDENT_LOGITS -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = 1 / (1 + Math.exp(-values[i]));
        }
      }
      case LOG_PROBABILITIES -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = Math.min(1, Math.exp(values[i]));
        }
      }
      case PROBABILITIES -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = Math.max(0, Math.min(1, values[i]));
        }
      }
    }
  }

  private static void softmax(double[] values) {
    double largest = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      largest = Math.max(largest, value);
    }
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.exp(values[i] - largest);
      sum += values[i];
    }
    for (int i = 0; i < values.length; i++) {
      values[i] /= sum;
    }
  }

  @Override
  public boolean same(Output left, Output right) {
    for (Label label : left.getLabelsList()) {
      for (Label other : right.getLabelsList()) {
        if (label.getLabel().equals(other.getLabel())
            && Math.abs(label.getScore() - other.getScore()) > SAME_PROBABILITY) {
          return false;
        }
      }
    }
    return true;
  }
}
