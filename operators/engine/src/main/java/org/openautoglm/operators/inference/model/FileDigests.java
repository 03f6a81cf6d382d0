package org.openautoglm.operators.inference.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Digests of files, each computed once in a process as long as size and time stay the same. Where
 * all subtasks of a TaskManager open one model at once, one of them computes and the others wait:
 * to read some hundred megabytes takes as long as much else of a start. Thread-safe.
 */
final class FileDigests {
  private static final FileDigests SHA256 = new FileDigests(FileDigests::compute);

  private final Computation computation;
  private final Map<Path, Known> files = new ConcurrentHashMap<>();

  FileDigests(Computation computation) {
    this.computation = computation;
  }

  /** Computes the digest of a file. */
  interface Computation {
    String of(Path file) throws IOException;
  }

  /** The SHA-256 of a file in lower-case hexadecimal. */
  static String sha256(Path file) throws IOException {
    return SHA256.of(file);
  }

  String of(Path file) throws IOException {
    Path real = file.toRealPath();
    return files.computeIfAbsent(real, path -> new Known()).digest(real, computation);
  }

  private static String compute(Path file) throws IOException {
    MessageDigest digest = newSha256();
    byte[] chunk = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        digest.update(chunk, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** What is known of one file. Its monitor is held while the digest is computed. */
  private static final class Known {
    private Stamp stamp;
    private String digest;

    synchronized String digest(Path file, Computation computation) throws IOException {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      Stamp now = new Stamp(attributes.size(), attributes.lastModifiedTime().toMillis());
      if (!now.equals(stamp)) {
        digest = computation.of(file);
        stamp = now;
      }
      return digest;
    }
  }

  private record Stamp(long size, long modifiedMs) {}
}
