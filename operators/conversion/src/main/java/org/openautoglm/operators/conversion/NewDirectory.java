package org.openautoglm.operators.conversion;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A directory that is made beside its place and moved there when it is whole. What a killed process
 * left beside it is removed by the next one that makes the same; a lock tells it from what another
 * process is making now.
 */
final class NewDirectory implements AutoCloseable {
  private static final String LOCK = "lock";

  /**
   * Those of this process. Their lock files are not even opened: to close one gives all of the
   * process's locks on it back.
   */
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  private final Path target;
  private final Path unfinished;
  private final FileChannel channel;

  private NewDirectory(Path target, Path unfinished, FileChannel channel) {
    this.target = target;
    this.unfinished = unfinished;
    this.channel = channel;
  }

  /**
   * Begins a directory.
   *
   * @param target nothing may be there yet; the directory that it is in is made where it is missing
   * @throws ConversionException when something is there
   */
  static NewDirectory at(Path target) throws IOException {
    Path place = target.toAbsolutePath().normalize();
    Path parent = place.getParent();
    if (parent == null || Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
      throw isThere(target);
    }
    try {
      Files.createDirectories(parent);
    } catch (FileAlreadyExistsException e) {
      throw new ConversionException(parent + " is no directory; choose another place", e);
    }
    String prefix = "." + place.getFileName() + ".converting-";
    removeLeftovers(parent, prefix);
    Path unfinished = Files.createTempDirectory(parent, prefix);
    OWN.add(unfinished);
    FileChannel channel = null;
    try {
      channel =
          FileChannel.open(
              unfinished.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = channel.lock();
      assert lock.isValid();
      Files.createDirectory(unfinished.resolve("model"));
      Files.createDirectory(unfinished.resolve("work"));
      return new NewDirectory(place, unfinished, channel);
    } catch (IOException e) {
      if (channel != null) {
        channel.close();
      }
      delete(unfinished);
      OWN.remove(unfinished);
      throw e;
    }
  }

  private static ConversionException isThere(Path target) {
    return new ConversionException(
        target + " is there already; choose another place, or move it away");
  }

  private static void removeLeftovers(Path parent, String prefix) throws IOException {
    try (DirectoryStream<Path> leftovers =
        Files.newDirectoryStream(
            parent, path -> path.getFileName().toString().startsWith(prefix))) {
      for (Path leftover : leftovers) {
        if (!OWN.contains(leftover) && isAbandoned(leftover.resolve(LOCK))) {
          delete(leftover);
        }
      }
    }
  }

  private static boolean isAbandoned(Path lockFile) throws IOException {
    try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock != null;
    } catch (OverlappingFileLockException | NoSuchFileException e) {
      // Of another class loader in this process, or just being made.
      return false;
    }
  }

  /** What is to become the directory. */
  Path model() {
    return unfinished.resolve("model");
  }

  /** Room for what is deleted at the end. */
  Path work() {
    return unfinished.resolve("work");
  }

  /**
   * Moves the directory to its place.
   *
   * @throws ConversionException when something has come there meanwhile
   */
  void finish() throws IOException {
    try {
      if (Files.exists(target)) {
        throw isThere(target);
      }
      Files.move(model(), target, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
      throw new ConversionException(isThere(target).getMessage(), e);
    }
  }

  /** Removes everything that was not moved. */
  @Override
  public void close() throws IOException {
    try {
      delete(unfinished);
    } finally {
      channel.close();
      OWN.remove(unfinished);
    }
  }

  private static void delete(Path directory) throws IOException {
    List<Path> paths;
    try (Stream<Path> found = Files.walk(directory)) {
      paths = found.sorted(Comparator.reverseOrder()).toList();
    } catch (NoSuchFileException e) {
      return;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    for (Path path : paths) {
      Files.deleteIfExists(path);
    }
  }
}
