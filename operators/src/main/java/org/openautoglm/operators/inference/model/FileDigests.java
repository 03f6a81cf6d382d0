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

/** SHA-256 of files, computed once in a process as long as size and time stay the same. */
final class FileDigests {
  private static final Map<Stamp, String> KNOWN = new ConcurrentHashMap<>();

  private FileDigests() {}

  /** The digest in lower-case hexadecimal. */
  static String sha256(Path file) throws IOException {
    Path real = file.toRealPath();
    BasicFileAttributes attributes = Files.readAttributes(real, BasicFileAttributes.class);
    Stamp stamp =
        new Stamp(real.toString(), attributes.size(), attributes.lastModifiedTime().toMillis());
    String known = KNOWN.get(stamp);
    if (known == null) {
      known = compute(real);
      KNOWN.keySet().removeIf(old -> old.path.equals(stamp.path));
      KNOWN.put(stamp, known);
    }
    return known;
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

  private record Stamp(String path, long size, long modifiedMs) {}
}
