package org.openautoglm.operators.conversion;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.openautoglm.operators.conversion.check.ConversionReport.Figure;
import org.openautoglm.operators.conversion.check.ConversionReport.Finding;
import org.openautoglm.operators.conversion.check.GraphRuntime;
import org.openautoglm.operators.conversion.graph.Progress;

/**
 * What a conversion works with.
 *
 * @param source the model's directory
 * @param model becomes the new directory
 * @param scratch for what is deleted at the end
 * @param digest of the source
 * @param runtime runs graphs
 * @param words takes progress, for people
 */
record Work(
    Path source,
    Path model,
    Path scratch,
    String digest,
    GraphRuntime runtime,
    Consumer<String> words) {
  static final String GRAPH = "model.onnx";

  private static final int STEPS = 20;

  /** What every converted graph says of itself. */
  Map<String, String> metadata() {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("autoglm.source_digest", digest);
    metadata.put("autoglm.converter", Integer.toString(Conversion.VERSION));
    return metadata;
  }

  /**
   * Tells people of weights that are written, in 20 steps.
   *
   * @param what is being written
   */
  Progress progress(String what) {
    long[] told = {-1};
    return (tensor, done, total) -> {
      long step = total == 0 ? STEPS : STEPS * done / total;
      if (step > told[0]) {
        told[0] = step;
        words.accept("%s: %,d of %,d MB".formatted(what, done / 1_000_000, total / 1_000_000));
      }
    };
  }

  /** The directory of a graph that is only made to be compared with. */
  Path scratch(String name) throws IOException {
    return Files.createDirectory(scratch.resolve(name));
  }

  /** Bytes of a graph and of the data files beside it. */
  static long bytes(Path graph) throws IOException {
    long bytes = 0;
    for (Path file : graphFiles(graph).values()) {
      bytes += Files.size(file);
    }
    return bytes;
  }

  /** A graph and its data files by name: ONNX keeps large weights under names that begin alike. */
  static SortedMap<String, Path> graphFiles(Path graph) throws IOException {
    String name = graph.getFileName().toString();
    String stem = name.endsWith(".onnx") ? name.substring(0, name.length() - 5) : name;
    SortedMap<String, Path> files = new TreeMap<>();
    Path directory = graph.toAbsolutePath().getParent();
    try (Stream<Path> beside = Files.list(directory)) {
      for (Path file : (Iterable<Path>) beside::iterator) {
        String other = file.getFileName().toString();
        boolean data =
            other.startsWith(stem)
                && !other.endsWith(".onnx")
                && !other.endsWith(".safetensors")
                && !other.endsWith(".json");
        if ((other.equals(name) || data) && Files.isRegularFile(file)) {
          files.put(other, file);
        }
      }
    }
    return files;
  }

  /** What the weights came from. */
  Finding sourceFinding() throws IOException {
    long bytes = 0;
    SortedMap<String, Path> files = SourceFiles.weights(source);
    for (Path file : files.values()) {
      bytes += Files.size(file);
    }
    String words =
        String.format(
            Locale.ROOT, "%,.2f MB in %s", bytes / 1e6, String.join(", ", files.keySet()));
    return new Finding("source", words, Map.of("bytes", (double) bytes));
  }

  /** The figure of sizes. */
  static Figure size(OptionalDouble originalBytes, long convertedBytes) {
    return new Figure(
        "size",
        "MB",
        originalBytes.isPresent()
            ? OptionalDouble.of(originalBytes.getAsDouble() / 1e6)
            : originalBytes,
        convertedBytes / 1e6);
  }
}
