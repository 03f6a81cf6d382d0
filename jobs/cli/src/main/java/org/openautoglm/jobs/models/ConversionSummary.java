package org.openautoglm.jobs.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.openautoglm.operators.conversion.check.ConversionReport;

/** The report that lies in a converted directory, in a few lines. */
final class ConversionSummary {
  private ConversionSummary() {}

  /** A line for each figure and finding; none where the directory was not converted. */
  static List<String> lines(Path directory) throws IOException {
    Path file = directory.resolve(ConversionReport.FILE);
    if (!Files.isRegularFile(file)) {
      return List.of();
    }
    JsonNode report = new ObjectMapper().readTree(file.toFile());
    List<String> lines = new ArrayList<>();
    lines.add("compared with " + report.path("original").asText());
    report
        .path("figures")
        .properties()
        .forEach(figure -> lines.add("  " + figure(figure.getKey(), figure.getValue())));
    report
        .path("findings")
        .properties()
        .forEach(
            finding ->
                lines.add(
                    "  %-12s %s"
                        .formatted(finding.getKey(), finding.getValue().path("words").asText())));
    return lines;
  }

  private static String figure(String name, JsonNode figure) {
    String ratio =
        figure.path("ratio").isNumber()
            ? String.format(
                Locale.ROOT, " (%.3f × the original's)", figure.path("ratio").asDouble())
            : "";
    return String.format(
        Locale.ROOT,
        "%-12s %,.2f %s%s",
        name,
        figure.path("converted").asDouble(),
        figure.path("unit").asText(),
        ratio);
  }
}
