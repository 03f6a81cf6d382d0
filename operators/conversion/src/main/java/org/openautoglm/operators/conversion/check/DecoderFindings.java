package org.openautoglm.operators.conversion.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What was found about a converted decoder.
 *
 * @param original what its original does; empty where there was none to run
 * @param converted what it does itself
 * @param company what it does in batches
 */
record DecoderFindings(
    Optional<DecoderObservation> original, DecoderObservation converted, CompanyCheck company) {

  /** Logits as they should be: so large is the largest, and 1 at least. */
  private double scale() {
    double largest = 1;
    for (float[] logits : original.orElse(converted).prompts()) {
      for (float logit : logits) {
        largest = Math.max(largest, Math.abs(logit));
      }
    }
    return largest;
  }

  /** The largest difference between logits after a prompt, the original's and its own. */
  double logitDifference() {
    double largest = 0;
    List<float[]> expected = original.orElseThrow().prompts();
    for (int i = 0; i < expected.size(); i++) {
      largest = Math.max(largest, difference(expected.get(i), converted.prompts().get(i)));
    }
    return largest;
  }

  private static double difference(float[] expected, float[] actual) {
    if (expected.length != actual.length) {
      return Double.POSITIVE_INFINITY;
    }
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      double difference = Math.abs((double) expected[i] - actual[i]);
      largest = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(largest, difference);
    }
    return largest;
  }

  /** Prompts that are continued with the original's tokens. */
  int sameTokens() {
    return prompts() - partings(0);
  }

  int prompts() {
    return converted.greedy().size();
  }

  /** Prompts whose continuation parts from the original's where that had a clear favourite. */
  private int partings(double marginMax) {
    int partings = 0;
    DecoderObservation expected = original.orElseThrow();
    for (int prompt = 0; prompt < prompts(); prompt++) {
      int[] tokens = expected.greedy().get(prompt);
      for (int step = 0; step < tokens.length; step++) {
        if (tokens[step] != converted.greedy().get(prompt)[step]) {
          partings += expected.prints().get(prompt).get(step).margin() >= marginMax ? 1 : 0;
          break;
        }
      }
    }
    return partings;
  }

  /** Its perplexity over the original's. */
  double perplexityRatio() {
    return converted.perplexity().value() / original.orElseThrow().perplexity().value();
  }

  /**
   * Holds everything against the bar.
   *
   * @throws DisagreementException names what does not reach it, and where it begins
   */
  void hold(DecoderBar bar) throws DisagreementException {
    List<String> failures = new ArrayList<>();
    double scale = scale();
    if (!Double.isFinite(converted.perplexity().value())) {
      failures.add("its logits are not finite");
    }
    original.ifPresent(
        expected -> {
          holdLogits(bar, scale, failures);
          holdPerplexity(bar, expected, failures);
        });
    if (company.same() < company.rows() || company.difference() > bar.companyMax() * scale) {
      failures.add(
          String.format(
              Locale.ROOT,
              "in batches of %s rows, %d of %d rows have the tokens that they have alone, and"
                  + " logits differ by up to %.3g, at most %.3g",
              company.sizes(),
              company.same(),
              company.rows(),
              company.difference(),
              bar.companyMax() * scale));
    }
    if (!failures.isEmpty()) {
      throw new DisagreementException(failures, place(bar));
    }
  }

  private void holdLogits(DecoderBar bar, double scale, List<String> failures) {
    double limit = bar.logitsMax() * scale;
    if (!(logitDifference() <= limit)) {
      failures.add(
          String.format(
              Locale.ROOT, "logits differ by up to %.3g, at most %.3g", logitDifference(), limit));
    }
    if (bar.sameTokens() && partings(2 * limit) > 0) {
      failures.add(
          String.format(
              Locale.ROOT,
              "%d of %d prompts are continued with the same tokens",
              sameTokens(),
              prompts()));
    }
  }

  private void holdPerplexity(DecoderBar bar, DecoderObservation expected, List<String> failures) {
    double share = Math.abs(perplexityRatio() - 1);
    if (!(share <= bar.perplexityMax())) {
      failures.add(
          String.format(
              Locale.ROOT,
              "perplexity is %.4g, the original's %.4g: %.1f %% apart, at most %.1f %%",
              converted.perplexity().value(),
              expected.perplexity().value(),
              100 * share,
              100 * bar.perplexityMax()));
    }
  }

  private String place(DecoderBar bar) {
    double share = Double.isFinite(bar.logitsMax()) ? Math.max(1e-3, bar.logitsMax()) : 0.1;
    return original
        .map(expected -> new LayerDivergence(share).place(expected.caches(), converted.caches()))
        .orElse("at a place that is not known: there was no original to compare layer by layer");
  }
}
