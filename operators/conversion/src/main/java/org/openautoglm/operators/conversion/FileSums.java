package org.openautoglm.operators.conversion;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** SHA-256 of files. */
final class FileSums {
  static final String FILE = "SHA256SUMS";

  private FileSums() {}

  /**
   * One digest for all files: of their names and contents.
   *
   * @param files by name
   */
  static String ofAll(SortedMap<String, Path> files) throws IOException {
    MessageDigest digest = newDigest();
    for (var file : files.entrySet()) {
      String line = of(file.getValue()) + "  " + file.getKey() + "\n";
      digest.update(line.getBytes(StandardCharsets.UTF_8));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Writes a directory's {@code SHA256SUMS}, for {@code sha256sum} and for who loads it. */
  static void write(Path directory) throws IOException {
    SortedMap<String, Path> files = new TreeMap<>();
    try (Stream<Path> found = Files.walk(directory)) {
      found
          .filter(Files::isRegularFile)
          .forEach(file -> files.put(directory.relativize(file).toString(), file));
    }
    StringBuilder lines = new StringBuilder();
    for (var file : files.entrySet()) {
      lines.append(of(file.getValue())).append("  ").append(file.getKey()).append('\n');
    }
    Files.writeString(directory.resolve(FILE), lines);
  }

  private static String of(Path file) throws IOException {
    MessageDigest digest = newDigest();
    byte[] chunk = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        digest.update(chunk, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
