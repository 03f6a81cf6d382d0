package org.openautoglm.operators.conversion.check;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.openautoglm.operators.conversion.check.ConversionReport.Figure;
import org.openautoglm.operators.conversion.check.ConversionReport.Finding;

/**
 * Compares a converted encoder with its original: the answers to rows of several lengths, one at a
 * time, and the same rows in batches. The two are loaded one after the other.
 */
public final class EncoderCheck {
  private static final int[] SIZES = {2, 3, 5, 8, 16};
  private static final int SPEED_ROWS = 8;
  private static final int SPEED_TOKENS = 64;
  private static final double TIMED_MIN_SECONDS = 0.5;

  private final List<int[]> rows;
  private final boolean classes;
  private final EncoderBar bar;
  private final Consumer<String> progress;

  /**
   * @param rows tokens of texts, of several lengths
   * @param classes whether answers are probabilities of classes, and not embeddings
   * @param bar what must be reached
   * @param progress takes words for people
   */
  public EncoderCheck(
      List<int[]> rows, boolean classes, EncoderBar bar, Consumer<String> progress) {
    this.rows = List.copyOf(rows);
    this.classes = classes;
    this.bar = bar;
    this.progress = progress;
  }

  /** Opens a model when its turn has come. */
  @FunctionalInterface
  public interface Opener {
    EncoderModel open() throws IOException;
  }

  /**
   * Runs both.
   *
   * @param place where the two first differ, asked only when the bar is not reached
   * @throws DisagreementException when the bar is not reached
   * @throws IOException when one of them does not run
   */
  public DecoderCheck.Result run(Opener original, Opener converted, Supplier<String> place)
      throws IOException {
    List<float[]> expected;
    double originalSpeed;
    try (EncoderModel model = original.open()) {
      progress.accept("original graph: " + rows.size() + " rows");
      expected = alone(model);
      originalSpeed = speed(model);
    }
    List<float[]> actual;
    double convertedSpeed;
    Company company;
    try (EncoderModel model = converted.open()) {
      progress.accept("converted graph: " + rows.size() + " rows");
      actual = alone(model);
      progress.accept("converted graph: batches");
      company = company(model, actual);
      convertedSpeed = speed(model);
    }
    double agreement = agreement(expected, actual);
    List<String> failures = failures(agreement, company);
    if (!failures.isEmpty()) {
      throw new DisagreementException(failures, place.get());
    }
    return new DecoderCheck.Result(
        List.of(new Figure("speed", "texts/s", OptionalDouble.of(originalSpeed), convertedSpeed)),
        List.of(agreementFinding(agreement), companyFinding(company)));
  }

  private List<float[]> alone(EncoderModel model) throws IOException {
    List<float[]> answers = new ArrayList<>();
    for (int[] row : rows) {
      answers.addAll(model.answers(List.of(row)));
    }
    return answers;
  }

  /** The least cosine, or the largest difference of probabilities. */
  private double agreement(List<float[]> expected, List<float[]> actual) {
    double worst = classes ? 0 : 1;
    for (int i = 0; i < expected.size(); i++) {
      double each =
          classes
              ? difference(expected.get(i), actual.get(i))
              : cosine(expected.get(i), actual.get(i));
      worst =
          Double.isNaN(each)
              ? (classes ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY)
              : classes ? Math.max(worst, each) : Math.min(worst, each);
    }
    return worst;
  }

  private static double cosine(float[] a, float[] b) {
    if (a.length != b.length) {
      return Double.NaN;
    }
    double dot = 0;
    double squaresOfA = 0;
    double squaresOfB = 0;
    for (int i = 0; i < a.length; i++) {
      dot += (double) a[i] * b[i];
      squaresOfA += (double) a[i] * a[i];
      squaresOfB += (double) b[i] * b[i];
    }
    return dot / Math.sqrt(squaresOfA * squaresOfB);
  }

  private static double difference(float[] a, float[] b) {
    if (a.length != b.length) {
      return Double.POSITIVE_INFINITY;
    }
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      double difference = Math.abs((double) a[i] - b[i]);
      largest = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(largest, difference);
    }
    return largest;
  }

  /**
   * Rows in batches.
   *
   * @param sizes of the batches
   * @param same rows that had every bit of their answer alone
   * @param all rows
   * @param difference the largest one
   */
  private record Company(List<Integer> sizes, int same, int all, double difference) {}

  private Company company(EncoderModel model, List<float[]> alone) throws IOException {
    List<Integer> sizes = new ArrayList<>();
    int same = 0;
    int all = 0;
    double largest = 0;
    for (int size : SIZES) {
      sizes.add(size);
      List<int[]> batch = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        batch.add(rows.get((all + i) % rows.size()));
      }
      List<float[]> answers = model.answers(batch);
      for (int i = 0; i < size; i++) {
        double difference = difference(alone.get((all + i) % rows.size()), answers.get(i));
        same += difference == 0 ? 1 : 0;
        largest = Math.max(largest, difference);
      }
      all += size;
    }
    return new Company(sizes, same, all, largest);
  }

  private double speed(EncoderModel model) throws IOException {
    List<int[]> batch = new ArrayList<>();
    for (int row = 0; row < SPEED_ROWS; row++) {
      int[] tokens = new int[SPEED_TOKENS];
      int[] text = rows.get(row % rows.size());
      for (int i = 0; i < SPEED_TOKENS; i++) {
        tokens[i] = text[i % text.length];
      }
      batch.add(tokens);
    }
    int warm = model.answers(batch).size();
    long texts = 0;
    long startNanos = System.nanoTime();
    double seconds = 0;
    while (seconds < TIMED_MIN_SECONDS || texts < warm) {
      texts += model.answers(batch).size();
      seconds = (System.nanoTime() - startNanos) / 1e9;
    }
    return texts / seconds;
  }

  private List<String> failures(double agreement, Company company) {
    List<String> failures = new ArrayList<>();
    if (classes && !(agreement <= bar.probabilityMax())) {
      failures.add(
          String.format(
              Locale.ROOT,
              "probabilities differ by up to %.3g, at most %.3g",
              agreement,
              bar.probabilityMax()));
    }
    if (!classes && !(agreement >= bar.cosineMin())) {
      failures.add(
          String.format(
              Locale.ROOT,
              "the cosine of an embedding to the original's is %.5f, at least %.5f",
              agreement,
              bar.cosineMin()));
    }
    if (!(company.difference() <= bar.companyMax())) {
      failures.add(
          String.format(
              Locale.ROOT,
              "in batches of %s rows, %d of %d rows have the answer that they have alone, and"
                  + " numbers differ by up to %.3g, at most %.3g",
              company.sizes(),
              company.same(),
              company.all(),
              company.difference(),
              bar.companyMax()));
    }
    return failures;
  }

  private Finding agreementFinding(double agreement) {
    return classes
        ? new Finding(
            "agreement",
            String.format(
                Locale.ROOT,
                "largest difference of probabilities %.3g, over %d texts",
                agreement,
                rows.size()),
            Map.of("probability_difference", agreement, "texts", (double) rows.size()))
        : new Finding(
            "agreement",
            String.format(Locale.ROOT, "least cosine %.5f, over %d texts", agreement, rows.size()),
            Map.of("cosine", agreement, "texts", (double) rows.size()));
  }

  private static Finding companyFinding(Company company) {
    return new Finding(
        "batches",
        String.format(
            Locale.ROOT,
            "%d of %d rows as alone, in batches of %s; largest difference %.3g",
            company.same(),
            company.all(),
            company.sizes(),
            company.difference()),
        Map.of(
            "rows_same", (double) company.same(),
            "rows", (double) company.all(),
            "difference", company.difference()));
  }
}
