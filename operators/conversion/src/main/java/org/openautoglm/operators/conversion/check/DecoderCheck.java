package org.openautoglm.operators.conversion.check;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import org.openautoglm.operators.conversion.check.ConversionReport.Figure;
import org.openautoglm.operators.conversion.check.ConversionReport.Finding;

/**
 * Compares a converted decoder with its original: the logits after 16 prompts, what continues them
 * greedily, perplexity, and the same prompts in batches. The two are loaded one after the other.
 */
public final class DecoderCheck {
  private final CheckTexts texts;
  private final DecoderBar bar;
  private final Consumer<String> progress;

  /**
   * @param texts what they are tried on
   * @param bar what must be reached
   * @param progress takes words for people
   */
  public DecoderCheck(CheckTexts texts, DecoderBar bar, Consumer<String> progress) {
    this.texts = texts;
    this.bar = bar;
    this.progress = progress;
  }

  /** Opens a model when its turn has come. */
  @FunctionalInterface
  public interface Opener {
    CausalModel open() throws IOException;
  }

  /**
   * Runs both.
   *
   * @param original what is right; absent where nothing runs that is
   * @return what was found, for the report
   * @throws DisagreementException when the bar is not reached; says where they first differ
   * @throws IOException when one of them does not run
   */
  public Result run(Optional<Opener> original, Opener converted) throws IOException {
    Optional<DecoderObservation> expected = Optional.empty();
    if (original.isPresent()) {
      try (CausalModel model = original.get().open()) {
        expected = Optional.of(observe(model, "original"));
      }
    }
    try (CausalModel model = converted.open()) {
      DecoderObservation actual = observe(model, "converted");
      progress.accept("converted graph: batches");
      CompanyCheck company = CompanyCheck.of(model, texts.prompts(), actual);
      DecoderFindings findings = new DecoderFindings(expected, actual, company);
      findings.hold(bar);
      return new Result(figures(findings), findings(findings));
    }
  }

  private DecoderObservation observe(CausalModel model, String which) throws IOException {
    return DecoderObservation.of(
        model,
        texts.prompts(),
        texts.texts(),
        words -> progress.accept(which + " graph: " + words));
  }

  private static List<Figure> figures(DecoderFindings findings) {
    DecoderObservation converted = findings.converted();
    return List.of(
        figure(findings, "prefill", "tokens/s", observation -> observation.speed().prefill()),
        figure(findings, "generation", "tokens/s", observation -> observation.speed().generation()),
        new Figure(
            "perplexity",
            "",
            findings.original().isPresent()
                ? OptionalDouble.of(findings.original().get().perplexity().value())
                : OptionalDouble.empty(),
            converted.perplexity().value()));
  }

  private interface Reading {
    double of(DecoderObservation observation);
  }

  private static Figure figure(
      DecoderFindings findings, String name, String unit, Reading reading) {
    return new Figure(
        name,
        unit,
        findings.original().isPresent()
            ? OptionalDouble.of(reading.of(findings.original().get()))
            : OptionalDouble.empty(),
        reading.of(findings.converted()));
  }

  private List<Finding> findings(DecoderFindings findings) {
    CompanyCheck company = findings.company();
    Finding batches =
        new Finding(
            "batches",
            String.format(
                Locale.ROOT,
                "%d of %d rows as alone, in batches of %s; largest difference of logits %.3g",
                company.same(),
                company.rows(),
                company.sizes(),
                company.difference()),
            Map.of(
                "rows_same", (double) company.same(),
                "rows", (double) company.rows(),
                "logit_difference", company.difference()));
    Finding text =
        new Finding(
            "text",
            String.format(
                Locale.ROOT,
                "%s, %,d tokens",
                texts.name(),
                findings.converted().perplexity().tokens()),
            Map.of("tokens", (double) findings.converted().perplexity().tokens()));
    if (findings.original().isEmpty()) {
      return List.of(batches, text);
    }
    Finding agreement =
        new Finding(
            "agreement",
            String.format(
                Locale.ROOT,
                "%d of %d prompts continued with the same %d tokens; largest difference of logits"
                    + " %.3g",
                findings.sameTokens(),
                findings.prompts(),
                DecoderObservation.NEW_TOKENS,
                findings.logitDifference()),
            Map.of(
                "prompts_same", (double) findings.sameTokens(),
                "prompts", (double) findings.prompts(),
                "logit_difference", findings.logitDifference()));
    return List.of(agreement, batches, text);
  }

  /**
   * What was found.
   *
   * @param figures of both
   * @param findings about their agreement
   */
  public record Result(List<Figure> figures, List<Finding> findings) {
    public Result {
      figures = List.copyOf(figures);
      findings = List.copyOf(findings);
    }
  }
}
