package org.openautoglm.jobs.observability;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a reporter serves, in Prometheus' text format. */
final class Exposition {
  private static final Pattern SAMPLE =
      Pattern.compile("(?<name>[a-zA-Z_:][\\w:]*)(\\{(?<labels>.*)})? (?<value>\\S+)");
  private static final Pattern LABEL =
      Pattern.compile("(?<name>[a-zA-Z_]\\w*)=\"(?<value>(?:[^\"\\\\]|\\\\.)*)\",?");

  /** One number of one series. */
  record Sample(String name, Map<String, String> labels, double value) {}

  private final List<Sample> samples = new ArrayList<>();

  private Exposition() {}

  /**
   * Reads it whole.
   *
   * @throws IllegalArgumentException for a line that is not of the format
   */
  static Exposition parse(String text) {
    Exposition exposition = new Exposition();
    text.lines().filter(line -> !line.startsWith("#")).forEach(exposition::add);
    return exposition;
  }

  private void add(String line) {
    Matcher sample = SAMPLE.matcher(line);
    if (!sample.matches()) {
      throw new IllegalArgumentException("no sample: " + line);
    }
    Map<String, String> labels = new TreeMap<>();
    if (sample.group("labels") != null) {
      Matcher label = LABEL.matcher(sample.group("labels"));
      int at = 0;
      for (; label.find(at) && label.start() == at; at = label.end()) {
        labels.put(label.group("name"), label.group("value"));
      }
      if (at != sample.group("labels").length()) {
        throw new IllegalArgumentException("no labels: " + line);
      }
    }
    samples.add(
        new Sample(sample.group("name"), labels, Double.parseDouble(sample.group("value"))));
  }

  List<Sample> all() {
    return List.copyOf(samples);
  }

  /** Every series of a metric. */
  List<Sample> of(String metric) {
    return samples.stream().filter(sample -> sample.name().equals(metric)).toList();
  }

  /** A metric's sum over the series that have these labels. */
  double sum(String metric, Map<String, String> labels) {
    return of(metric).stream()
        .filter(sample -> sample.labels().entrySet().containsAll(labels.entrySet()))
        .mapToDouble(Sample::value)
        .sum();
  }
}
