package org.openautoglm.jobs.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * Paces of two things that were measured turn and turn about, over the same records: the reference,
 * what is compared with it, the reference again, and so on. Each turn is compared with the mean of
 * the references right before and right after it, and the median turn counts, so that neither a
 * drift of the machine nor one stall decides.
 *
 * @param references one more than there are turns
 * @param turns at least one
 */
record Rounds(List<Double> references, List<Double> turns) {
  Rounds {
    references = List.copyOf(references);
    turns = List.copyOf(turns);
    if (turns.isEmpty() || references.size() != turns.size() + 1) {
      throw new IllegalArgumentException(
          turns.size() + " turns between " + references.size() + " references");
    }
    for (double reference : references) {
      if (!(reference > 0)) {
        throw new IllegalArgumentException("a reference ran at " + reference);
      }
    }
  }

  /** The turns over the reference: the median of the rounds. */
  double ratio() {
    return median(ratios());
  }

  /** How far the rounds' ratios are apart, percent of their median. */
  double spreadPercent() {
    List<Double> sorted = ratios().stream().sorted().toList();
    return (sorted.get(sorted.size() - 1) - sorted.get(0)) / ratio() * 100;
  }

  double referencePace() {
    return median(references);
  }

  double turnPace() {
    return median(turns);
  }

  private List<Double> ratios() {
    List<Double> ratios = new ArrayList<>(turns.size());
    for (int i = 0; i < turns.size(); i++) {
      ratios.add(turns.get(i) * 2 / (references.get(i) + references.get(i + 1)));
    }
    return ratios;
  }

  /** The middle one, or the mean of the two in the middle. */
  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
