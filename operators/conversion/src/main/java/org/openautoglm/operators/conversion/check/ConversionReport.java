package org.openautoglm.operators.conversion.check;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * What a conversion made and how it compares with its original.
 *
 * @param graph what the graph is, as in its metadata {@code autoglm.graph}
 * @param weights what its weights are
 * @param sourceDigest SHA-256 over the files that it was made of, hexadecimal
 * @param converter the version of the conversion
 * @param original what it is compared with, in words
 * @param figures what both have
 * @param findings how they agree, and how the converted graph's rows do
 */
public record ConversionReport(
    String graph,
    String weights,
    String sourceDigest,
    int converter,
    String original,
    List<Figure> figures,
    List<Finding> findings) {

  /** The report's name in the directory that it is about. */
  public static final String FILE = "conversion.json";

  public ConversionReport {
    figures = List.copyOf(figures);
    findings = List.copyOf(findings);
  }

  /**
   * A figure of both.
   *
   * @param name what was measured
   * @param unit of what; empty for a bare number
   * @param original absent where no original was measured
   */
  public record Figure(String name, String unit, OptionalDouble original, double converted) {

    /** The converted graph's figure over the original's. */
    OptionalDouble ratio() {
      return original.isPresent() && original.getAsDouble() != 0
          ? OptionalDouble.of(converted / original.getAsDouble())
          : OptionalDouble.empty();
    }
  }

  /**
   * Something that was found.
   *
   * @param name what about
   * @param words the finding, for people
   * @param numbers the same for programs
   */
  public record Finding(String name, String words, Map<String, Double> numbers) {
    public Finding {
      numbers = Collections.unmodifiableMap(new TreeMap<>(numbers));
    }
  }

  /** Lines of a table for people. */
  public List<String> table() {
    List<String> lines = new ArrayList<>();
    lines.add(row("", "original", "converted", "ratio"));
    for (Figure figure : figures) {
      lines.add(
          row(
              figure.name(),
              words(figure.original(), figure.unit()),
              words(OptionalDouble.of(figure.converted()), figure.unit()),
              figure.ratio().isPresent()
                  ? String.format(Locale.ROOT, "%.3f", figure.ratio().getAsDouble())
                  : "-"));
    }
    for (Finding finding : findings) {
      lines.add("%-18s %s".formatted(finding.name(), finding.words()));
    }
    lines.add("%-18s %s".formatted("original", original));
    return lines;
  }

  private static String row(String name, String original, String converted, String ratio) {
    return "%-18s %18s %18s %8s".formatted(name, original, converted, ratio);
  }

  private static String words(OptionalDouble value, String unit) {
    return value.isEmpty()
        ? "-"
        : String.format(Locale.ROOT, "%,.2f %s", value.getAsDouble(), unit).strip();
  }

  /** The report as JSON, several lines. */
  public String json() {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode tree = mapper.createObjectNode();
    tree.put("graph", graph).put("weights", weights).put("source_digest", sourceDigest);
    tree.put("converter", converter).put("original", original);
    ObjectNode both = tree.putObject("figures");
    for (Figure figure : figures) {
      ObjectNode node = both.putObject(key(figure.name()));
      node.put("unit", figure.unit());
      put(node, "original", figure.original());
      node.put("converted", figure.converted());
      put(node, "ratio", figure.ratio());
    }
    ObjectNode found = tree.putObject("findings");
    for (Finding finding : findings) {
      ObjectNode node = found.putObject(key(finding.name()));
      finding.numbers().forEach((name, value) -> put(node, name, value));
      node.put("words", finding.words());
    }
    return tree.toPrettyString() + "\n";
  }

  /** Counts without a decimal point. */
  private static void put(ObjectNode node, String name, double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      node.put(name, (long) value);
    } else {
      node.put(name, value);
    }
  }

  private static void put(ObjectNode node, String name, OptionalDouble value) {
    if (value.isPresent()) {
      node.put(name, value.getAsDouble());
    } else {
      node.putNull(name);
    }
  }

  private static String key(String name) {
    return name.toLowerCase(Locale.ROOT).replace(' ', '_');
  }
}
