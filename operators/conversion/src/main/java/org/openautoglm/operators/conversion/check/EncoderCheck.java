package org.openautoglm.operators.conversion.check;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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
    Agreement agreement =
        classes ? Agreement.ofClasses(expected, actual) : Agreement.ofEmbeddings(expected, actual);
    List<String> failures = new ArrayList<>(agreement.failures(bar));
    companyFailure(company).ifPresent(failures::add);
    if (!failures.isEmpty()) {
      throw new DisagreementException(failures, place.get());
    }
    return new DecoderCheck.Result(
        List.of(new Figure("speed", "texts/s", OptionalDouble.of(originalSpeed), convertedSpeed)),
        List.of(agreement.finding(), companyFinding(company)));
  }

  private List<float[]> alone(EncoderModel model) throws IOException {
    List<float[]> answers = new ArrayList<>();
    for (int[] row : rows) {
      answers.addAll(model.answers(List.of(row)));
    }
    return answers;
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
        double difference =
            Agreement.difference(alone.get((all + i) % rows.size()), answers.get(i));
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

  private Optional<String> companyFailure(Company company) {
    if (company.difference() <= bar.companyMax()) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "in batches of %s rows, %d of %d rows have the answer that they have alone, and numbers"
                + " differ by up to %.3g, at most %.3g",
            company.sizes(),
            company.same(),
            company.all(),
            company.difference(),
            bar.companyMax()));
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
