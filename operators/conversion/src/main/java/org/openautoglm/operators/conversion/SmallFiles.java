package org.openautoglm.operators.conversion;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.openautoglm.operators.conversion.check.ConversionReport;

/**
 * The files of a model's directory that are taken over as they are: configuration, tokenizer,
 * template, modules; no weights, and nothing that would be wrong beside other weights.
 */
final class SmallFiles {
  private static final long FILE_BYTES_MAX = 64L << 20;
  private static final int FILES_MAX = 1_000;
  private static final Set<String> SUFFIXES = Set.of("json", "txt", "jinja", "model", "md");
  private static final String WEIGHTS_INDEX = ".index.json";
  private static final Set<String> LEFT_OUT = Set.of(ConversionReport.FILE, "quantize_config.json");

  private SmallFiles() {}

  /**
   * Finds them.
   *
   * @return names relative to the directory, with {@code /}, to the files
   */
  static SortedMap<String, Path> of(Path directory) throws IOException {
    SortedMap<String, Path> files = new TreeMap<>();
    try (Stream<Path> found = Files.walk(directory, 2)) {
      for (Path file : (Iterable<Path>) found::iterator) {
        String name = directory.relativize(file).toString().replace('\\', '/');
        if (isWanted(name) && Files.isRegularFile(file) && Files.size(file) <= FILE_BYTES_MAX) {
          files.put(name, file);
        }
        if (files.size() > FILES_MAX) {
          throw new ConversionException(
              directory + " has more than " + FILES_MAX + " small files; is it a model's?");
        }
      }
    }
    return files;
  }

  private static boolean isWanted(String name) {
    String last = name.substring(name.lastIndexOf('/') + 1);
    return SUFFIXES.contains(last.substring(last.lastIndexOf('.') + 1))
        && !name.startsWith(".")
        && !last.endsWith(WEIGHTS_INDEX)
        && !LEFT_OUT.contains(last);
  }

  /** Copies them. */
  static void copy(Path directory, Path target) throws IOException {
    for (var file : of(directory).entrySet()) {
      Path copy = target.resolve(file.getKey());
      Files.createDirectories(copy.getParent());
      Files.copy(file.getValue(), copy);
    }
  }
}
