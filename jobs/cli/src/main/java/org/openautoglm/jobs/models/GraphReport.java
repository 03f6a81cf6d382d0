package org.openautoglm.jobs.models;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.openautoglm.operators.conversion.check.LoadedGraph;
import org.openautoglm.operators.conversion.check.LoadedGraph.Slot;
import org.openautoglm.operators.inference.onnx.OnnxGraphRuntime;

/**
 * What a graph takes, gives and says of itself.
 *
 * @param inputs what it takes
 * @param outputs what it gives
 * @param converted the entries of its metadata that conversion wrote, without their prefix
 */
record GraphReport(List<Slot> inputs, List<Slot> outputs, Map<String, String> converted) {
  private static final String PREFIX = "autoglm.";
  private static final String CACHE = "past_key_values.";
  private static final String PRESENT = "present.";

  static GraphReport of(Path graph) throws IOException {
    try (LoadedGraph loaded = new OnnxGraphRuntime().load(graph)) {
      Map<String, String> converted = new TreeMap<>();
      loaded
          .metadata()
          .forEach(
              (name, value) -> {
                if (name.startsWith(PREFIX)) {
                  converted.put(name.substring(PREFIX.length()), value);
                }
              });
      return new GraphReport(loaded.inputs(), loaded.outputs(), converted);
    }
  }

  /** Whether it continues texts: it caches what it has read, or gives logits for each token. */
  boolean generates() {
    return inputs.stream().anyMatch(slot -> slot.name().startsWith(CACHE))
        || outputs.stream()
            .anyMatch(slot -> slot.name().equals("logits") && slot.shape().size() == 3);
  }

  boolean isConverted() {
    return !converted.isEmpty();
  }

  /** Names of facts and the facts. */
  List<Map.Entry<String, String>> lines() {
    List<Map.Entry<String, String>> lines = new ArrayList<>();
    lines.add(Map.entry("inputs", words(inputs, CACHE)));
    lines.add(Map.entry("outputs", words(outputs, PRESENT)));
    if (isConverted()) {
      lines.add(
          Map.entry(
              "converted",
              converted.entrySet().stream()
                  .map(entry -> entry.getKey() + " " + entry.getValue())
                  .collect(Collectors.joining(", "))));
    }
    return lines;
  }

  /** All slots, those of the layers' caches as one. */
  private static String words(List<Slot> slots, String cache) {
    List<String> words = new ArrayList<>();
    long caches = 0;
    for (Slot slot : slots) {
      if (!slot.name().startsWith(cache)) {
        words.add(slot.toString());
      } else if (caches++ == 0) {
        words.add(slot.toString());
      }
    }
    return String.join(", ", words) + (caches > 1 ? " and " + (caches - 1) + " more caches" : "");
  }
}
