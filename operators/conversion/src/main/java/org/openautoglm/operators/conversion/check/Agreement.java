package org.openautoglm.operators.conversion.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openautoglm.operators.conversion.check.ConversionReport.Finding;

/**
 * How close the answers of a converted encoder are to its original's, over all texts.
 *
 * @param mean of the cosines, or of the differences of probabilities
 * @param worst the least cosine, or the largest difference
 * @param texts how many were compared
 * @param classes whether the answers are probabilities of classes, and not embeddings
 */
record Agreement(double mean, double worst, int texts, boolean classes) {

  static Agreement ofEmbeddings(List<float[]> expected, List<float[]> actual) {
    double sum = 0;
    double worst = 1;
    for (int i = 0; i < expected.size(); i++) {
      double cosine = cosine(expected.get(i), actual.get(i));
      sum += cosine;
      worst = Math.min(worst, cosine);
    }
    return new Agreement(sum / expected.size(), worst, expected.size(), false);
  }

  static Agreement ofClasses(List<float[]> expected, List<float[]> actual) {
    double sum = 0;
    double worst = 0;
    for (int i = 0; i < expected.size(); i++) {
      double difference = difference(expected.get(i), actual.get(i));
      sum += difference;
      worst = Math.max(worst, difference);
    }
    return new Agreement(sum / expected.size(), worst, expected.size(), true);
  }

  /** What does not reach the bar; NaN never does. */
  List<String> failures(EncoderBar bar) {
    List<String> failures = new ArrayList<>();
    if (classes) {
      if (!(worst <= bar.probabilityMax())) {
        failures.add(
            String.format(
                Locale.ROOT,
                "probabilities differ by up to %.3g, at most %.3g",
                worst,
                bar.probabilityMax()));
      }
      return failures;
    }
    if (!(mean >= bar.meanCosineMin())) {
      failures.add(
          String.format(
              Locale.ROOT,
              "the cosine of the embeddings to the original's is %.5f in the mean, at least %.5f",
              mean,
              bar.meanCosineMin()));
    }
    if (!(worst >= bar.cosineMin())) {
      failures.add(
          String.format(
              Locale.ROOT,
              "the cosine of an embedding to the original's is %.5f, at least %.5f",
              worst,
              bar.cosineMin()));
    }
    return failures;
  }

  Finding finding() {
    return classes
        ? new Finding(
            "agreement",
            String.format(
                Locale.ROOT,
                "largest difference of probabilities %.3g, over %d texts",
                worst,
                texts),
            Map.of("probability_difference", worst, "texts", (double) texts))
        : new Finding(
            "agreement",
            String.format(
                Locale.ROOT,
                "cosine %.5f in the mean, least %.5f, over %d texts",
                mean,
                worst,
                texts),
            Map.of("mean_cosine", mean, "cosine", worst, "texts", (double) texts));
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

  /** The largest difference of two answers' numbers; infinite where one is no number. */
  static double difference(float[] a, float[] b) {
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
}
