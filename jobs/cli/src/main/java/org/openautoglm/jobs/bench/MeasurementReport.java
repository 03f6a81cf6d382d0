package org.openautoglm.jobs.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;

/** Measurements as text: a table for people, or one JSON object a line for programs. */
public final class MeasurementReport {
  private static final ObjectMapper JSON = new ObjectMapper();

  private MeasurementReport() {}

  /** Lines of a table, headings first. */
  public static String table(List<Measurement> measurements) {
    int width = measurements.stream().mapToInt(each -> each.name().length()).max().orElse(0);
    StringBuilder table = new StringBuilder();
    for (Measurement each : measurements) {
      table.append(
          String.format(
              Locale.ROOT,
              "%-" + Math.max(width, 1) + "s  %,12.2f %s",
              each.name(),
              each.value(),
              each.unit()));
      each.comparison()
          .ifPresent(
              other ->
                  table.append(
                      String.format(Locale.ROOT, "   %.2f × %s", other.ratio(), other.to())));
      table.append('\n');
    }
    return table.toString();
  }

  /**
   * {@code name}, {@code value}, {@code unit}, {@code ratio_to}, {@code ratio}; null without one.
   */
  public static String json(Measurement measurement) {
    ObjectNode line = JSON.createObjectNode();
    line.put("name", measurement.name());
    line.put("value", measurement.value());
    line.put("unit", measurement.unit());
    line.put("ratio_to", measurement.comparison().map(Measurement.Comparison::to).orElse(null));
    measurement
        .comparison()
        .ifPresentOrElse(other -> line.put("ratio", other.ratio()), () -> line.putNull("ratio"));
    return line.toString();
  }
}
