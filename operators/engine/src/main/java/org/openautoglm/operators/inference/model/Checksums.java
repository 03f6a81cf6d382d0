package org.openautoglm.operators.inference.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compares a directory with its {@code SHA256SUMS}, the file that {@code sha256sum} writes and
 * reads: one line a file, a digest and a path. Files it does not list are not looked at; a
 * directory without it is taken as it is.
 */
final class Checksums {
  static final String FILE = "SHA256SUMS";
  private static final Pattern LINE = Pattern.compile("([0-9a-fA-F]{64})[ \\t]+\\*?(.+)");

  private Checksums() {}

  /** Notes every listed file that is present with another content. */
  static void verify(Path root, Problems problems) {
    Path sums = root.resolve(FILE);
    if (!Files.isRegularFile(sums)) {
      return;
    }
    try {
      List<String> lines = Files.readAllLines(sums);
      for (int i = 0; i < lines.size(); i++) {
        verify(root, lines.get(i).strip(), i + 1, problems);
      }
    } catch (IOException e) {
      problems.add(FILE, "cannot be read (" + e.getMessage() + ")", "write it with sha256sum");
    }
  }

  private static void verify(Path root, String line, int number, Problems problems)
      throws IOException {
    if (line.isEmpty()) {
      return;
    }
    Matcher matcher = LINE.matcher(line);
    if (!matcher.matches()) {
      problems.add(
          FILE, "has no digest and path in line " + number, "write it with sha256sum, in the root");
      return;
    }
    Path file = root.resolve(matcher.group(2)).normalize();
    if (!file.startsWith(root.normalize()) || !Files.isRegularFile(file)) {
      return;
    }
    String actual = FileDigests.sha256(file);
    if (!actual.equals(matcher.group(1).toLowerCase(Locale.ROOT))) {
      problems.add(
          matcher.group(2),
          "is not the file that " + FILE + " lists (its SHA-256 is " + actual + ")",
          "fetch it again, or update " + FILE + " if the change is meant");
    }
  }
}
