package org.openautoglm.operators.inference.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.flink.core.fs.FileSystem;
import org.openautoglm.operators.inference.ModelLoadException;
import org.openautoglm.operators.inference.model.RemoteDirectory.Use;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings model directories to the local disk. Local ones are used where they are. Remote ones are
 * copied once to {@code autoglm.cache.dir} (a system property; {@code ~/.cache/autoglm/models}
 * unless set), under a key made of their URI and of the names, sizes and times of their files, so
 * that a changed directory is a new copy. A copy appears whole or not at all: it is made beside its
 * place, verified, and renamed; processes wait for each other on a lock file.
 */
final class ModelCache {
  /** Where copies are kept: the name of a system property. */
  static final String DIRECTORY_PROPERTY = "autoglm.cache.dir";

  private static final Logger LOG = LoggerFactory.getLogger(ModelCache.class);

  private ModelCache() {}

  /**
   * The local directory of a location.
   *
   * @throws ModelLoadException when it is not there, cannot be read or fails its checksums
   */
  static Path fetch(String location) throws ModelLoadException {
    return fetch(location, Use.RUN);
  }

  /**
   * The local directory of a location.
   *
   * @param use which of its files are needed
   */
  static Path fetch(String location, Use use) throws ModelLoadException {
    try {
      Optional<Path> local = local(location);
      if (local.isPresent() && Files.isDirectory(local.get())) {
        // Behind all links, so that one reading is of one version wherever they point next.
        return local.get().toRealPath();
      }
      org.apache.flink.core.fs.Path path = new org.apache.flink.core.fs.Path(location);
      FileSystem files = FileSystem.get(path.toUri());
      if (!files.exists(path) || !files.getFileStatus(path).isDir()) {
        throw new ModelLoadException(
            "there is no model directory "
                + location
                + "; check the model's path, and that every task manager sees it");
      }
      return copy(location, RemoteDirectory.list(location, files, path, use));
    } catch (ModelLoadException e) {
      throw e;
    } catch (IOException | IllegalArgumentException | UncheckedIOException e) {
      throw new ModelLoadException(
          "the model directory "
              + location
              + " cannot be read: "
              + e.getMessage()
              + "; check the model's path, and that Flink has a plugin for its file system",
          e);
    }
  }

  /** The path of a location on the local disk, whether it is there or not; empty for others. */
  static Optional<Path> local(String location) throws IOException {
    org.apache.flink.core.fs.Path path = new org.apache.flink.core.fs.Path(location);
    String scheme = path.toUri().getScheme();
    if (scheme == null && Files.isDirectory(Path.of(location))) {
      return Optional.of(Path.of(location).toAbsolutePath());
    }
    return FileSystem.get(path.toUri()).getUri().getScheme().equals("file")
        ? Optional.of(Path.of(path.toUri().getPath()).toAbsolutePath())
        : Optional.empty();
  }

  /** One copy at a time in this process; file locks exclude other processes only. */
  private static synchronized Path copy(String location, RemoteDirectory remote)
      throws IOException {
    Path cache = Files.createDirectories(cacheDirectory());
    Path target = cache.resolve(key(location, remote));
    try (FileChannel channel =
            FileChannel.open(
                cache.resolve(target.getFileName() + ".lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      if (!Files.isDirectory(target)) {
        LOG.info("Copying the model directory {} to {} (lock {})", location, target, lock);
        fill(location, remote, target);
      }
    }
    return target;
  }

  private static void fill(String location, RemoteDirectory remote, Path target)
      throws IOException {
    Path unfinished = Files.createTempDirectory(target.getParent(), target.getFileName() + ".");
    try {
      remote.copyTo(unfinished);
      Problems problems = new Problems();
      Checksums.verify(unfinished, problems);
      problems.throwIfAny(location);
      Files.move(unfinished, target);
    } finally {
      deleteAll(unfinished);
    }
  }

  /** Where copies are kept, and conversions. */
  static Path cacheDirectory() {
    String configured = System.getProperty(DIRECTORY_PROPERTY);
    if (configured != null) {
      return Path.of(configured);
    }
    Path home = Path.of(System.getProperty("user.home", "."));
    return Files.isWritable(home)
        ? home.resolve(".cache/autoglm/models")
        : Path.of(System.getProperty("java.io.tmpdir"), "autoglm-models");
  }

  private static String key(String location, RemoteDirectory remote) {
    MessageDigest digest = FileDigests.newSha256();
    digest.update(location.getBytes(StandardCharsets.UTF_8));
    digest.update(remote.toString().getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest.digest()).substring(0, 32);
  }

  private static void deleteAll(Path directory) throws IOException {
    if (Files.exists(directory)) {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
